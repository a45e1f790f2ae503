#include <gtest/gtest.h>

#include "notifier/feed/receipt.h"

namespace swarmbell {
namespace {

using Position = std::optional<FeedPosition>;

Position At(std::uint64_t sequence) { return FeedPosition{"log", sequence}; }

TEST(PositionTrackerTest, KnowsNothingAtFirst) {
  PositionTracker tracker;
  EXPECT_EQ(tracker.Received(), std::nullopt);
  EXPECT_EQ(tracker.Settled(), std::nullopt);
}

TEST(PositionTrackerTest, SettlesWhenTheLastHolderLetsGo) {
  PositionTracker tracker;
  auto receipt = tracker.Receive({"log", 3});
  auto copy = receipt;
  EXPECT_EQ(tracker.Received(), At(3));
  receipt.reset();
  EXPECT_EQ(tracker.Settled(), std::nullopt);
  copy.reset();
  EXPECT_EQ(tracker.Settled(), At(3));
}

TEST(PositionTrackerTest, NeverPassesOneThatIsNotSettled) {
  PositionTracker tracker;
  auto first = tracker.Receive({"log", 1});
  auto second = tracker.Receive({"log", 2});
  tracker.Advance({"log", 5});
  tracker.Advance({"log", 6});
  second.reset();
  EXPECT_EQ(tracker.Settled(), std::nullopt);
  first.reset();
  EXPECT_EQ(tracker.Settled(), At(6));
}

TEST(PositionTrackerTest, AProgressWithNothingOpenIsSettledAtOnce) {
  PositionTracker tracker;
  tracker.Advance({"log", 4});
  EXPECT_EQ(tracker.Settled(), At(4));
  tracker.Advance({"log", 9});
  EXPECT_EQ(tracker.Settled(), At(9));
}

TEST(PositionTrackerTest, NeverPassesOneThatWasLost) {
  PositionTracker tracker;
  tracker.Advance({"log", 1});
  auto lost = tracker.Receive({"log", 2});
  auto after = tracker.Receive({"log", 3});
  lost->MarkLost();
  lost.reset();
  after.reset();
  EXPECT_EQ(tracker.Settled(), At(1));
}

TEST(PositionTrackerTest, ReceiptsMayOutliveIt) {
  std::shared_ptr<Receipt> receipt;
  {
    PositionTracker tracker;
    receipt = tracker.Receive({"log", 1});
  }
  receipt.reset();
}

}  // namespace
}  // namespace swarmbell
