#include "collector/poll/poll_loop.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

#include "tests/fakes/fake_clock.h"

namespace swarmbell {
namespace {

using Reason = WakeSignal::Reason;

TEST(WakeSignal, EndsTheWait) {
  FakeClock clock;
  WakeSignal signal(clock);
  std::jthread waiter([&] { EXPECT_EQ(signal.WaitFor(absl::Seconds(10), {}), Reason::kWoken); });
  ASSERT_TRUE(clock.WaitForSleepers(1));
  signal.Wake();
}

TEST(WakeSignal, AWakeBeforeTheWaitCounts) {
  FakeClock clock;
  WakeSignal signal(clock);
  signal.Wake();
  EXPECT_EQ(signal.WaitFor(absl::Seconds(10), {}), Reason::kWoken);
}

TEST(WakeSignal, ClearForgetsIt) {
  FakeClock clock;
  WakeSignal signal(clock);
  signal.Wake();
  signal.Clear();
  std::jthread waiter([&] { EXPECT_EQ(signal.WaitFor(absl::Seconds(10), {}), Reason::kTime); });
  ASSERT_TRUE(clock.WaitForSleepers(1));
  clock.Advance(absl::Seconds(10));
}

TEST(WakeSignal, AStopEndsTheWait) {
  FakeClock clock;
  WakeSignal signal(clock);
  std::stop_source stop;
  std::jthread waiter([&] {
    EXPECT_EQ(signal.WaitFor(absl::InfiniteDuration(), stop.get_token()), Reason::kStopped);
    EXPECT_EQ(signal.WaitFor(absl::Seconds(10), stop.get_token()), Reason::kStopped);
  });
  ASSERT_TRUE(clock.WaitForSleepers(1));
  stop.request_stop();
}

class PollLoopTest : public testing::Test {
 protected:
  // Runs the loop; each round takes this long and ends so.
  void Run(absl::Duration took, NextRound end = {}) { Run(loop_, took, end); }
  void Run(PollLoop& loop, absl::Duration took, NextRound end) {
    thread_ = std::jthread([this, &loop, took, end](std::stop_token stop) {
      loop.Run(
          [&](bool timed, std::stop_token) {
            rounds_.push_back(clock_.Now());
            timed_.push_back(timed);
            clock_.Advance(took);
            return end;
          },
          stop);
    });
  }

  FakeClock clock_;
  PollLoop loop_{clock_, absl::Seconds(10), absl::Milliseconds(250)};
  PollLoop quick_{clock_, absl::Seconds(10), absl::Milliseconds(10)};
  std::vector<bool> timed_;         // touched as `rounds_` is
  std::vector<absl::Time> rounds_;  // touched while the loop does not sleep by it, else by the test
  std::jthread thread_;
};

TEST_F(PollLoopTest, RoundsStartAnIntervalApart) {
  Run(absl::Seconds(1));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(9)));
  clock_.Advance(absl::Seconds(9));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(9)));
  ASSERT_EQ(rounds_.size(), 2u);
  EXPECT_EQ(rounds_[1] - rounds_[0], absl::Seconds(10));
}

TEST_F(PollLoopTest, ASlowEngineRestsAsLongAsItWorked) {
  Run(absl::Seconds(25));
  EXPECT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
}

TEST_F(PollLoopTest, ARoundMayWantAnotherOneSooner) {
  Run(absl::ZeroDuration(), {.max_wait = absl::Seconds(3), .min_wait = absl::ZeroDuration()});
  EXPECT_TRUE(clock_.WaitForSleeper(absl::Seconds(3)));
}

TEST_F(PollLoopTest, WakesAreJoinedForTheDebounceTime) {
  Run(absl::ZeroDuration());
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
  loop_.Wake();
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(250)));
  clock_.Advance(absl::Milliseconds(100));
  loop_.Wake();
  clock_.Advance(absl::Milliseconds(150));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(9750)));
  ASSERT_EQ(rounds_.size(), 2u);
  EXPECT_EQ(rounds_[1] - rounds_[0], absl::Milliseconds(250));
}

TEST_F(PollLoopTest, NeitherAWakeNorImpatienceShortensTheRest) {
  Run(absl::Seconds(1), {.max_wait = absl::ZeroDuration(), .min_wait = absl::Seconds(4)});
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(4)));
  clock_.Advance(absl::Seconds(1));
  loop_.Wake();
  EXPECT_TRUE(clock_.WaitForSleeper(absl::Seconds(3)));
}

TEST_F(PollLoopTest, NoRestIsLongerThanTheInterval) {
  Run(absl::ZeroDuration(), {.max_wait = absl::ZeroDuration(), .min_wait = absl::Hours(1)});
  EXPECT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
}

TEST_F(PollLoopTest, WakesDoNotPutOffTheIntervalsTurn) {
  Run(absl::ZeroDuration());
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
  clock_.Advance(absl::Seconds(6));
  loop_.Wake();
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(250)));
  clock_.Advance(absl::Milliseconds(250));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(3750)));
  clock_.Advance(absl::Milliseconds(3750));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
  EXPECT_EQ(timed_, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(rounds_[2] - rounds_[0], absl::Seconds(10));
}

TEST_F(PollLoopTest, AFloodOfWakesBringsAFewRoundsASecond) {
  Run(quick_, absl::ZeroDuration(), {});
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
  const absl::Time start = clock_.Now();
  while (clock_.Now() - start < absl::Seconds(20)) {
    quick_.Wake();
    ASSERT_TRUE(clock_.WaitForSleepers(1));
    clock_.Advance(absl::Milliseconds(10));
  }
  ASSERT_TRUE(clock_.WaitForSleepers(1));
  // 20 at once, and 5 more each second.
  EXPECT_LE(rounds_.size(), 125u);
  EXPECT_GE(rounds_.size(), 60u);
  for (std::size_t i = 1; i < rounds_.size(); ++i) {
    EXPECT_LE(rounds_[i] - rounds_[i - 1], absl::Milliseconds(300)) << "none waits for long";
  }
}

}  // namespace

}  // namespace swarmbell
