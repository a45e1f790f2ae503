// Objects of a list that make no sense: each is passed over, and the rest of the list lives.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "collector/snapshot/reader.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename T>
std::vector<std::string> IdsOf(const absl::StatusOr<Objects<T>>& objects) {
  EXPECT_TRUE(objects.ok()) << objects.status();
  std::vector<std::string> ids;
  if (!objects.ok()) return ids;
  for (const auto& [id, object] : *objects) ids.push_back(id);
  return ids;
}

class OddObjectsTest : public testing::Test {
 protected:
  std::vector<std::string> Services(std::string_view body) { return IdsOf(reader_.ReadServices(body)); }

  absl::StatusOr<Objects<Service>> ServicePart(std::string_view body, const std::string& id) {
    reader_.Services().Begin();
    EXPECT_TRUE(reader_.Services().Add(body).ok());
    return reader_.Services().EndPart([&id](const Service& service) { return service.id == id; });
  }

  // The objects that are passed over, and the reason.
  std::size_t Skipped() { return reader_.Services().skipped().count; }
  const std::string& Reason() { return reader_.Services().skipped().reason; }

  SnapshotReader reader_{MaskOptions{}};
};

TEST_F(OddObjectsTest, AnObjectWithoutAnIdentifierIsPassedOver) {
  EXPECT_THAT(Services(R"([{"ID":"","Spec":{}},{"ID":"mail"},{"Spec":{}},{"ID":7},{"ID":null}])"),
              ElementsAre("mail"));
  EXPECT_EQ(Skipped(), 4u);
  EXPECT_EQ(Reason(), "an object without an identifier");
  EXPECT_THAT(Services(R"([{"ID":"mail"}])"), ElementsAre("mail"));
  EXPECT_EQ(Skipped(), 0u);
  EXPECT_EQ(Reason(), "");
}

TEST_F(OddObjectsTest, EveryKindOfListIsReadSo) {
  EXPECT_THAT(IdsOf(reader_.ReadTasks(R"([{"ID":"","Labels":null,"Status":{}},{"ID":"t"}])")),
              ElementsAre("t"));
  EXPECT_THAT(IdsOf(reader_.ReadNodes(R"([{"ID":"n","Status":{"State":"ready"}},{"ID":"m","Status":"up"}])")),
              ElementsAre("n"));
  EXPECT_THAT(
      IdsOf(reader_.ReadContainers(R"([{"Id":"c","Names":["/c"]},{"Names":["/d"]},{"Id":"e","Names":[1]}])")),
      ElementsAre("c"));
  EXPECT_THAT(
      IdsOf(reader_.ReadNetworks(R"([{"Id":["x"]},{"Id":"net","Name":"n"},{"Id":"net","Name":"n"}])")),
      ElementsAre("net"));
  EXPECT_EQ(reader_.Tasks().skipped().count, 1u);
  EXPECT_EQ(reader_.Nodes().skipped().count, 1u);
  EXPECT_EQ(reader_.Containers().skipped().count, 2u);
  EXPECT_EQ(reader_.Networks().skipped().count, 2u);
}

TEST_F(OddObjectsTest, TheReasonNamesTheObjectAndTheField) {
  const auto reason = [this](const std::string& body) {
    EXPECT_THAT(Services(body), IsEmpty()) << body;
    return Reason();
  };
  EXPECT_THAT(reason(R"([{"ID":"abc","Spec":{"Name":7}}])"), HasSubstr("service `abc`: .Spec.Name"));
  EXPECT_THAT(reason(R"([{"ID":"abc","Version":{"Index":-1}}])"), HasSubstr(".Version.Index"));
  EXPECT_THAT(reason(R"([{"ID":"abc","CreatedAt":"yesterday"}])"), HasSubstr("CreatedAt"));
  EXPECT_THAT(reason(R"([{"ID":"abc","Spec":[]}])"), HasSubstr("Spec"));
  EXPECT_THAT(reason(R"([{"ID":"abc","Spec":{"Labels":{"a":1}}}])"), HasSubstr("Labels"));
  EXPECT_THAT(reason(R"([{"ID":"abc","Spec":{"Labels":{"\":\"":"x:y","b":"","b":""}}}])"),
              HasSubstr("a field twice"));
}

TEST_F(OddObjectsTest, AFieldOfAnotherTypeLeavesTheLastGoodValue) {
  Services(R"([{"ID":"db","Spec":{"Name":"db"}},{"ID":"web","Spec":{"Name":"web"}}])");
  const auto odd =
      reader_.ReadServices(R"([{"ID":"db","Spec":{"Name":{}}},{"ID":"web","Spec":{"Name":"web2"}}])");
  ASSERT_THAT(IdsOf(odd), ElementsAre("db", "web"));
  EXPECT_EQ(odd->at("db")->name, "db");
  EXPECT_EQ(odd->at("web")->name, "web2");
  EXPECT_EQ(Skipped(), 1u);
  // The same answer again is the same list.
  const auto again =
      reader_.ReadServices(R"([{"ID":"db","Spec":{"Name":{}}},{"ID":"web","Spec":{"Name":"web2"}}])");
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->IsSame(*odd));
  EXPECT_EQ(Skipped(), 1u);
  // One that is odd in another way is still what it was, until it is gone.
  EXPECT_EQ(reader_.ReadServices(R"([{"ID":"db","Version":[]}])")->at("db")->name, "db");
  EXPECT_THAT(Services("[]"), IsEmpty());
}

TEST_F(OddObjectsTest, OfTwoWithOneIdentifierTheNewerVersionStays) {
  const auto two = reader_.ReadServices(
      R"([{"ID":"a","Version":{"Index":7},"Spec":{"Name":"new"}},{"ID":"b"},{"ID":"a","Version":{"Index":5},"Spec":{"Name":"old"}}])");
  ASSERT_THAT(IdsOf(two), ElementsAre("a", "b"));
  EXPECT_EQ(two->at("a")->name, "new");
  EXPECT_EQ(Skipped(), 1u);
  EXPECT_EQ(Reason(), "`a` is listed twice");
  const auto turned = reader_.ReadServices(
      R"([{"ID":"a","Version":{"Index":5},"Spec":{"Name":"old"}},{"ID":"b"},{"ID":"a","Version":{"Index":7},"Spec":{"Name":"new"}}])");
  ASSERT_TRUE(turned.ok());
  EXPECT_EQ(turned->at("a")->name, "new");
}

TEST_F(OddObjectsTest, OfTwoWithoutVersionsTheKnownOneStays) {
  const auto name = [this](std::string_view body) { return reader_.ReadNetworks(body)->at("x")->name; };
  EXPECT_EQ(name(R"([{"Id":"x","Name":"one"}])"), "one");
  EXPECT_EQ(name(R"([{"Id":"x","Name":"two"},{"Id":"x","Name":"one"}])"), "one");
  EXPECT_EQ(name(R"([{"Id":"x","Name":"one"},{"Id":"x","Name":"two"}])"), "one");
  EXPECT_EQ(name(R"([{"Id":"x","Name":"two"}])"), "two");
}

TEST_F(OddObjectsTest, TheSameObjectTwiceIsThereOnce) {
  for (int reading = 0; reading < 3; ++reading) {
    EXPECT_THAT(Services(R"([{"ID":"a"},{"ID":"a"},{"ID":"b"},{"ID":"a"}])"), ElementsAre("a", "b"));
    EXPECT_EQ(Skipped(), 2u);
  }
  EXPECT_THAT(Services(R"([{"ID":"b"},{"ID":"a"}])"), ElementsAre("a", "b"));
  EXPECT_EQ(Skipped(), 0u);
}

TEST_F(OddObjectsTest, AnOddTwinDoesNotReplaceAGoodOne) {
  Services(R"([{"ID":"a","Version":{"Index":3},"Spec":{"Name":"old"}}])");
  const auto two = reader_.ReadServices(
      R"([{"ID":"a","Version":{"Index":3},"Spec":{"Name":9}},{"ID":"a","Version":{"Index":4},"Spec":{"Name":"new"}}])");
  ASSERT_THAT(IdsOf(two), ElementsAre("a"));
  EXPECT_EQ(two->at("a")->name, "new");
  EXPECT_EQ(Skipped(), 1u);
}

// It may be the one that is missing: that it is gone is not proven.
TEST_F(OddObjectsTest, WhatLosesItsIdentifierIsNotGone) {
  Services(R"([{"ID":"a"},{"ID":"b"},{"ID":"c"}])");
  const auto held = reader_.ReadServices(R"([{"ID":"a"},{"ID":"","Spec":{"Name":"b"}},{"ID":"c"}])");
  EXPECT_THAT(IdsOf(held), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(
      reader_.ReadServices(R"([{"ID":"a"},{"ID":"","Spec":{"Name":"b"}},{"ID":"c"}])")->IsSame(*held));
  EXPECT_THAT(Services(R"([{"ID":"","Spec":{"Name":"b"}},{"ID":"c"}])"), ElementsAre("a", "b", "c"));
  // It has one again, and the other is gone indeed.
  EXPECT_THAT(Services(R"([{"ID":"b"},{"ID":"c"}])"), ElementsAre("b", "c"));
}

TEST_F(OddObjectsTest, AnIdentifierGivenTwiceIsNone) {
  Services(R"([{"ID":"a"},{"ID":"b"}])");
  EXPECT_THAT(Services(R"([{"ID":"a","Spec":{},"ID":"x"},{"ID":"b"}])"), ElementsAre("a", "b"));
}

// Engines of 2017 list tasks that are gone as empty objects, for ever.
TEST_F(OddObjectsTest, ObjectsWithoutIdentifiersThatStayHideNoRemoval) {
  EXPECT_THAT(Services(R"([{"ID":""},{"ID":"a"},{"ID":"b"},{"ID":"c"}])"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Services(R"([{"ID":""},{"ID":"a"},{"ID":"c"}])"), ElementsAre("a", "c"));
  EXPECT_THAT(Services(R"([{"ID":""},{"ID":""},{"ID":"a"},{"ID":"c"}])"), ElementsAre("a", "c"));
  EXPECT_THAT(Services(R"([{"ID":""},{"ID":""},{"ID":"a"}])"), ElementsAre("a"));
}

TEST_F(OddObjectsTest, APartOfAListThatIsNotSortedTakesItsPlace) {
  Services(R"([{"ID":"z"},{"ID":""},{"ID":"m","Version":{"Index":1}},{"ID":"a"},{"ID":"a"}])");
  const auto part = ServicePart(R"([{"ID":"m","Version":{"Index":2}}])", "m");
  ASSERT_THAT(IdsOf(part), ElementsAre("a", "m", "z"));
  EXPECT_EQ(part->at("m")->version, 2u);
  EXPECT_EQ(Skipped(), 2u);
  ASSERT_THAT(IdsOf(ServicePart("[]", "m")), ElementsAre("a", "z"));
}

TEST_F(OddObjectsTest, AnOddPartLeavesTheWholeAsItIs) {
  Services(R"([{"ID":"a","Spec":{"Name":"a"}},{"ID":"b"}])");
  EXPECT_FALSE(ServicePart(R"([{"ID":""}])", "a").ok());
  EXPECT_FALSE(ServicePart(R"([{"ID":"new","Spec":1}])", "new").ok());
  const auto known = ServicePart(R"([{"ID":"a","Spec":1}])", "a");
  ASSERT_THAT(IdsOf(known), ElementsAre("a", "b"));
  EXPECT_EQ(known->at("a")->name, "a");
  EXPECT_EQ(Skipped(), 1u);
}

TEST_F(OddObjectsTest, AnObjectThatNoSwarmCanKeepIsPassedOver) {
  Services(R"([{"ID":"big","Spec":{"Name":"big"}},{"ID":"web"}])");
  const std::string longest(kLongestObject, 'x');
  const auto read = reader_.ReadServices(R"([{"ID":"big","Spec":{"Name":")" + longest +
                                         R"("}},{"ID":"web","Spec":{"Name":"w"}}])");
  ASSERT_THAT(IdsOf(read), ElementsAre("big", "web"));
  EXPECT_EQ(read->at("big")->name, "big");
  EXPECT_EQ(read->at("web")->name, "w");
  EXPECT_THAT(Reason(), HasSubstr("more than a swarm can keep"));
}

TEST_F(OddObjectsTest, AListThatIsCutShortOrNoJsonIsStillNone) {
  Services(R"([{"ID":"a"}])");
  for (const char* body :
       {R"([{"ID":"a"},{"ID":)", R"([{"ID":"a"},{"ID" "b"}])", R"([{"ID":"a"},7])", "{}"}) {
    EXPECT_EQ(reader_.ReadServices(body).status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
  EXPECT_THAT(Services(R"([{"ID":"a"}])"), ElementsAre("a"));
}

TEST_F(OddObjectsTest, AnotherSwarmOwesNothingToTheOneBefore) {
  Services(R"([{"ID":"a","Spec":{"Name":"a"}}])");
  reader_.Services().Forget();
  EXPECT_THAT(Services(R"([{"ID":""},{"ID":"b"}])"), ElementsAre("b"));
}

}  // namespace
}  // namespace swarmbell
