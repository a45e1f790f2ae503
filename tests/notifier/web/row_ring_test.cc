#include "notifier/web/row_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/notifier/web/changes.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RowRingTest : public testing::Test {
 protected:
  static RowRing Make(RowRing::Limits limits) {
    return {limits, absl::Milliseconds(500), [](std::vector<v1::ChangeEvent> changes) {
              static const RuleSet rules = BuiltInRuleSet();
              return RowOf(std::move(changes), rules);
            }};
  }

  static std::vector<std::string> Ids(const RowRing::Rows& rows) {
    std::vector<std::string> ids;
    for (const std::string& row : rows.rows) ids.push_back(nlohmann::json::parse(row)["id"]);
    return ids;
  }

  std::vector<std::string> All() const { return Ids(ring_.Newest(0, 100)); }

  RowRing ring_ = Make({});
};

TEST_F(RowRingTest, RowsAreNewestFirstWhateverTheOrderTheyComeIn) {
  ring_.Add(ServiceDown("b", "web", kNoon + absl::Seconds(2)));
  ring_.Add(ServiceDown("a", "api", kNoon));
  ring_.Add(ServiceDown("c", "db", kNoon + absl::Seconds(1)));
  EXPECT_THAT(All(), ElementsAre("b", "c", "a"));
  EXPECT_THAT(Ids(ring_.Newest(1, 1)), ElementsAre("c"));
  EXPECT_EQ(ring_.Newest(3, 1).total, 3);
}

TEST_F(RowRingTest, AChangeThatIsKnownIsNotShownTwice) {
  ring_.Add(ServiceDown("a", "web", kNoon));
  const std::uint64_t version = ring_.Newest(0, 0).version;
  ring_.Add(ServiceDown("a", "web", kNoon));
  EXPECT_THAT(All(), ElementsAre("a"));
  EXPECT_EQ(ring_.Newest(0, 0).version, version);
}

TEST_F(RowRingTest, ChangesOfOneObjectWithinTheWindowAreOneRowThatKeepsItsId) {
  ring_.Add(ServiceDown("a", "web", kNoon));
  ring_.Add(ServiceDown("b", "web", kNoon + absl::Milliseconds(500)));
  ring_.Add(ServiceDown("c", "web", kNoon + absl::Milliseconds(501)));
  ring_.Add(ServiceDown("before", "web", kNoon - absl::Milliseconds(1)));
  EXPECT_THAT(All(), ElementsAre("c", "a", "before"));
  EXPECT_THAT(ring_.ChangesOf("a"), SizeIs(2));
  EXPECT_THAT(ring_.ChangesOf("b"), SizeIs(2));
  EXPECT_THAT(ring_.ChangesOf("d"), IsEmpty());
}

TEST_F(RowRingTest, TheOldestAreEvictedOverTheBounds) {
  RowRing few = Make({.rows = 2});
  for (int i = 0; i < 4; ++i) few.Add(ServiceDown(absl::StrCat(i), "web", kNoon + absl::Seconds(i)));
  few.Add(ServiceDown("too old", "web", kNoon));
  EXPECT_THAT(Ids(few.Newest(0, 10)), ElementsAre("3", "2"));
  EXPECT_THAT(few.ChangesOf("0"), IsEmpty());
  RowRing small = Make({.bytes = 1});
  small.Add(ServiceDown("1", "web", kNoon));
  small.Add(ServiceDown("2", "web", kNoon + absl::Seconds(1)));
  EXPECT_THAT(Ids(small.Newest(0, 10)), ElementsAre("2"));
}

TEST_F(RowRingTest, ARowWithTooManyChangesGoesOnInAnother) {
  RowRing ring = Make({.changes = 2});
  for (int i = 0; i < 3; ++i) ring.Add(ServiceDown(absl::StrCat(i), "web", kNoon));
  EXPECT_THAT(Ids(ring.Newest(0, 10)), ElementsAre("2", "0"));
}

TEST_F(RowRingTest, AfterGivesWhatChangedSinceEachRowOnce) {
  ring_.Add(ServiceDown("a", "web", kNoon));
  ring_.Add(ServiceDown("b", "api", kNoon));
  const std::uint64_t version = ring_.Newest(0, 0).version;
  ring_.Add(ServiceDown("c", "web", kNoon));  // joins a
  ring_.Add(ServiceDown("d", "db", kNoon));
  const RowRing::Rows after = ring_.After(version, 10, absl::ZeroDuration(), {});
  EXPECT_THAT(Ids(after), ElementsAre("a", "d"));
  EXPECT_THAT(Ids(ring_.After(after.version, 10, absl::ZeroDuration(), {})), IsEmpty());
  const RowRing::Rows first = ring_.After(0, 1, absl::ZeroDuration(), {});
  EXPECT_THAT(Ids(first), ElementsAre("b"));
  EXPECT_THAT(Ids(ring_.After(first.version, 10, absl::ZeroDuration(), {})), ElementsAre("a", "d"));
}

TEST_F(RowRingTest, AfterWaitsForAChangeAndForTheStop) {
  std::jthread adds([this] { ring_.Add(ServiceDown("a", "web", kNoon)); });
  EXPECT_THAT(Ids(ring_.After(0, 10, absl::Minutes(1), {})), ElementsAre("a"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(Ids(ring_.After(1, 10, absl::Minutes(1), stop.get_token())), IsEmpty());
}

TEST_F(RowRingTest, BetweenIsOfOneSwarm) {
  v1::ChangeEvent other = ServiceDown("other", "web", kNoon);
  other.mutable_cluster()->set_id("another swarm");
  ring_.Add(other);
  for (int i = 0; i < 4; ++i) ring_.Add(ServiceDown(absl::StrCat(i), "web", kNoon + absl::Seconds(i)));
  const auto found = ring_.Between(ServiceDown("", "web", kNoon).cluster().id(), kNoon + absl::Seconds(1),
                                   kNoon + absl::Seconds(2));
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].event_id(), "1");
}

TEST_F(RowRingTest, ALongHostileNameIsShortAndHarmless) {
  v1::ChangeEvent hostile = ServiceDown("a", "web", kNoon);
  hostile.mutable_resource()->set_stack(std::string(10'000, 'x') + "\x1b\u202e");
  ring_.Add(hostile);
  const std::string row = ring_.Newest(0, 1).rows.at(0);
  EXPECT_LT(row.size(), 3000);
  EXPECT_TRUE(nlohmann::json::accept(row));
}

// Measured: of 10,000 usual changes.
TEST_F(RowRingTest, TenThousandRowsFitIntoTheirBytes) {
  for (int i = 0; i < 10'000; ++i)
    ring_.Add(ServiceDown(absl::StrCat("0123456789abcdef", i), absl::StrCat("web-", i % 300),
                          kNoon + absl::Seconds(i)));
  EXPECT_EQ(ring_.Newest(0, 0).total, 10'000);
}

}  // namespace
}  // namespace swarmbell
