#include "collector/poll/poll_loop.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

#include "tests/fakes/fake_clock.h"

namespace swarmbell {
namespace {

class PollLoopTest : public testing::Test {
 protected:
  // Runs the loop; each round takes this long and then has this patience.
  void Run(absl::Duration took, absl::Duration patience) {
    thread_ = std::jthread([this, took, patience](std::stop_token stop) {
      loop_.Run(
          [&](std::stop_token) {
            rounds_.push_back(clock_.Now());
            clock_.Advance(took);
            return patience;
          },
          stop);
    });
  }

  FakeClock clock_;
  PollLoop loop_{clock_, absl::Seconds(10), absl::Milliseconds(250)};
  std::vector<absl::Time> rounds_;  // touched while the loop does not sleep by it, else by the test
  std::jthread thread_;
};

TEST_F(PollLoopTest, RoundsStartAnIntervalApart) {
  Run(absl::Seconds(1), absl::InfiniteDuration());
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(9)));
  clock_.Advance(absl::Seconds(9));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(9)));
  ASSERT_EQ(rounds_.size(), 2u);
  EXPECT_EQ(rounds_[1] - rounds_[0], absl::Seconds(10));
}

TEST_F(PollLoopTest, ASlowEngineRestsAsLongAsItWorked) {
  Run(absl::Seconds(25), absl::InfiniteDuration());
  EXPECT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
}

TEST_F(PollLoopTest, ARoundMayWantAnotherOneSooner) {
  Run(absl::ZeroDuration(), absl::Seconds(3));
  EXPECT_TRUE(clock_.WaitForSleeper(absl::Seconds(3)));
}

TEST_F(PollLoopTest, WakesAreJoinedForTheDebounceTime) {
  Run(absl::ZeroDuration(), absl::InfiniteDuration());
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
  loop_.Wake();
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(250)));
  clock_.Advance(absl::Milliseconds(100));
  loop_.Wake();
  clock_.Advance(absl::Milliseconds(150));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(10)));
  ASSERT_EQ(rounds_.size(), 2u);
  EXPECT_EQ(rounds_[1] - rounds_[0], absl::Milliseconds(250));
}

TEST_F(PollLoopTest, WakesCannotKeepASlowEngineBusy) {
  Run(absl::Seconds(1), absl::InfiniteDuration());
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(9)));
  loop_.Wake();
  EXPECT_TRUE(clock_.WaitForSleeper(absl::Seconds(4)));
}

}  // namespace
}  // namespace swarmbell
