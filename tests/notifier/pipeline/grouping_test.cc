#include "notifier/pipeline/grouping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const GroupingConfig kHalfSecond{absl::Milliseconds(500), 5};
const GroupingConfig kOneRead{absl::ZeroDuration(), 5};

v1::ChangeEvent Appeared(const std::string& id, const std::string& service, const std::string& name) {
  v1::ChangeEvent event = SampleEvent(id, v1::RESOURCE_KIND_SERVICE, service);
  event.mutable_resource()->set_name(name);
  event.mutable_service_appeared();
  return event;
}

v1::ChangeEvent Disappeared(const std::string& id, const std::string& service, const std::string& name) {
  v1::ChangeEvent event = Appeared(id, service, name);
  event.mutable_service_disappeared();
  return event;
}

std::vector<std::string> Ids(const OutgoingGroup& message) {
  std::vector<std::string> ids;
  for (const Alert& alert : message.group.alerts) ids.push_back(alert.event.event_id());
  return ids;
}

std::vector<std::vector<std::string>> Ids(const std::vector<OutgoingGroup>& messages) {
  std::vector<std::vector<std::string>> ids;
  for (const OutgoingGroup& message : messages) ids.push_back(Ids(message));
  return ids;
}

TEST(GrouperTest, ChangesOfOneObjectWithinTheWindowShareAMessage) {
  Grouper grouper(kHalfSecond);
  grouper.Add(AlertOf(NodeEvent("a", "node1")), nullptr, 1, kStart);
  grouper.Add(AlertOf(NodeEvent("c", "node1"), Color::kRed), nullptr, 2, kStart + absl::Milliseconds(400));
  EXPECT_EQ(grouper.NextDeadline(), kStart + absl::Milliseconds(500));
  EXPECT_THAT(grouper.TakeDue(kStart + absl::Milliseconds(499)), IsEmpty());
  const auto due = grouper.TakeDue(kStart + absl::Milliseconds(500));
  EXPECT_THAT(Ids(due), ElementsAre(ElementsAre("a", "c")));
  EXPECT_EQ(due[0].group.color, Color::kRed);
  EXPECT_EQ(due[0].group.receiver, "chat");
  EXPECT_FALSE(due[0].group.digest);
  EXPECT_EQ(grouper.NextDeadline(), std::nullopt);
}

TEST(GrouperTest, AfterTheWindowAChangeMakesANewMessage) {
  Grouper grouper(kHalfSecond);
  grouper.Add(AlertOf(NodeEvent("a", "node1")), nullptr, 1, kStart);
  grouper.TakeDue(kStart + absl::Milliseconds(500));
  grouper.Add(AlertOf(NodeEvent("b", "node1")), nullptr, 2, kStart + absl::Milliseconds(501));
  EXPECT_THAT(Ids(grouper.TakeAll()), ElementsAre(ElementsAre("b")));
}

TEST(GrouperTest, AWindowOfZeroGroupsOnlyWhatOneReadFound) {
  Grouper grouper(kOneRead);
  grouper.Add(AlertOf(NodeEvent("a", "node1")), nullptr, 1, kStart);
  grouper.Add(AlertOf(NodeEvent("b", "node1")), nullptr, 1, kStart);
  EXPECT_THAT(grouper.TakeDue(kStart), IsEmpty());  // the read may go on
  grouper.EndRead(1, kStart);
  EXPECT_THAT(Ids(grouper.TakeDue(kStart)), ElementsAre(ElementsAre("a", "b")));
}

TEST(GrouperTest, EachReceiverHasItsOwnMessages) {
  Grouper grouper(kHalfSecond);
  grouper.Add(AlertOf(NodeEvent("a", "node1"), Color::kBlue, {"chat", "team"}), nullptr, 1, kStart);
  grouper.Add(AlertOf(NodeEvent("b", "node1"), Color::kBlue, {"team"}), nullptr, 1, kStart);
  const auto all = grouper.TakeAll();
  ASSERT_THAT(Ids(all), ElementsAre(ElementsAre("a"), ElementsAre("a", "b")));
  EXPECT_EQ(all[0].group.receiver, "chat");
  EXPECT_EQ(all[1].group.receiver, "team");
}

TEST(GrouperTest, AServiceThatTakesTheNameOfOneThatWentSharesItsMessage) {
  Grouper grouper(kHalfSecond);
  grouper.Add(AlertOf(Appeared("new", "id2", "web")), nullptr, 1, kStart);
  grouper.Add(AlertOf(UpdateState("state", "id2", v1::UPDATE_STATE_UPDATING)), nullptr, 1, kStart);
  grouper.Add(AlertOf(Disappeared("old", "id1", "web")), nullptr, 1, kStart);
  grouper.Add(AlertOf(Disappeared("other", "id3", "api")), nullptr, 1, kStart);
  EXPECT_THAT(Ids(grouper.TakeAll()), ElementsAre(ElementsAre("new", "state", "old"), ElementsAre("other")));
}

TEST(GrouperTest, ANamesakeOfAnotherReadHasItsOwnMessage) {
  Grouper grouper(kHalfSecond);
  grouper.Add(AlertOf(Disappeared("old", "id1", "web")), nullptr, 1, kStart);
  grouper.Add(AlertOf(Appeared("new", "id2", "web")), nullptr, 2, kStart);
  EXPECT_THAT(grouper.TakeAll(), SizeIs(2));
}

TEST(GrouperTest, TasksBelongToTheStoryOfTheirService) {
  Grouper grouper(kHalfSecond);
  grouper.Add(AlertOf(UpdateState("pause", "web", v1::UPDATE_STATE_PAUSED)), nullptr, 1, kStart);
  grouper.Add(AlertOf(TaskFailure("fail", "web", kStart)), nullptr, 1, kStart);
  EXPECT_THAT(Ids(grouper.TakeAll()), ElementsAre(ElementsAre("pause", "fail")));
}

void AddNode(Grouper& grouper, int number, absl::Time now) {
  grouper.Add(AlertOf(NodeEvent(absl::StrCat(number), absl::StrCat("node", number))), nullptr, 1, now);
}

TEST(GrouperTest, MessagesOfABurstAreDueTogetherOnceItIsCalm) {
  Grouper grouper(kHalfSecond);
  for (int i = 0; i < 3; ++i) AddNode(grouper, i, kStart + i * absl::Milliseconds(400));
  const absl::Time calm = kStart + absl::Milliseconds(800) + absl::Seconds(1);
  EXPECT_EQ(grouper.NextDeadline(), calm);
  EXPECT_THAT(grouper.TakeDue(calm - absl::Milliseconds(1)), IsEmpty());
  EXPECT_THAT(grouper.TakeDue(calm), SizeIs(3));
}

TEST(GrouperTest, ABurstThatDoesNotEndIsDueAfterTheLongestWait) {
  GroupingConfig config = kHalfSecond;
  config.digest_wait = absl::Seconds(3);
  Grouper grouper(config);
  for (int i = 0; i < 7; ++i) {
    const absl::Time now = kStart + i * absl::Milliseconds(400);
    AddNode(grouper, i, now);
    EXPECT_THAT(grouper.TakeDue(now), IsEmpty());
  }
  EXPECT_EQ(grouper.NextDeadline(), kStart + absl::Seconds(3));
  EXPECT_THAT(grouper.TakeDue(kStart + absl::Seconds(3)), SizeIs(7));
}

TEST(GrouperTest, AWindowOfZeroDoesNotWaitForABurst) {
  Grouper grouper(kOneRead);
  for (int i = 0; i < 3; ++i) AddNode(grouper, i, kStart);
  grouper.EndRead(1, kStart);
  EXPECT_THAT(grouper.TakeDue(kStart), SizeIs(3));
}

TEST(GrouperTest, AFloodIsDueAtOnce) {
  Grouper grouper(kHalfSecond);
  for (int i = 0; i < 5000; ++i) grouper.Add(AlertOf(NodeEvent("x", "node1")), nullptr, 1, kStart);
  EXPECT_THAT(grouper.TakeDue(kStart), SizeIs(1));
}

TEST(GrouperTest, AMessageHoldsTheReceiptsOfItsAlerts) {
  bool settled = false;
  auto receipt = std::make_shared<Receipt>([&](bool) { settled = true; });
  Grouper grouper(kHalfSecond);
  grouper.Add(AlertOf(NodeEvent("a", "node1"), Color::kBlue, {"chat", "team"}), receipt, 1, kStart);
  receipt.reset();
  auto messages = grouper.TakeAll();
  messages.pop_back();
  EXPECT_FALSE(settled);
  messages.pop_back();
  EXPECT_TRUE(settled);
}

}  // namespace
}  // namespace swarmbell
