#include "common/time/clock.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"
#include "tests/fakes/fake_clock.h"

namespace swarmbell {
namespace {

TEST(RealClock, SleepsTheWholeTime) {
  const absl::Time start = absl::Now();
  EXPECT_TRUE(Clock::Real().Sleep(absl::Milliseconds(20), {}));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
}

TEST(RealClock, AStopEndsAnEndlessSleep) {
  std::stop_source stop;
  std::jthread sleeper(
      [&] { EXPECT_FALSE(Clock::Real().Sleep(absl::InfiniteDuration(), stop.get_token())); });
  stop.request_stop();
}

TEST(RealClock, ARequestedStopIsSeenBeforeSleeping) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(Clock::Real().Sleep(absl::Hours(1), stop.get_token()));
}

TEST(RealClock, NoTimeIsSleptAtOnce) {
  EXPECT_TRUE(Clock::Real().Sleep(absl::ZeroDuration(), {}));
  EXPECT_TRUE(Clock::Real().Sleep(-absl::Seconds(1), {}));
}

TEST(RealClock, SteadyTimeGoesOnWithSleep) {
  const MonotonicTime start = Clock::Real().Steady();
  EXPECT_TRUE(Clock::Real().Sleep(absl::Milliseconds(20), {}));
  EXPECT_GE(Clock::Real().Steady() - start, absl::Milliseconds(20));
}

TEST(MonotonicTime, IsOrderedAndHasNoEnd) {
  const MonotonicTime time(absl::Seconds(5));
  EXPECT_LT(time, time + absl::Nanoseconds(1));
  EXPECT_EQ(time - absl::Seconds(5), MonotonicTime());
  EXPECT_GT(time, MonotonicTime::InfinitePast());
  EXPECT_LT(time, MonotonicTime::InfiniteFuture() - absl::Hours(1));
}

TEST(FakeClock, SteadyTimeDoesNotNoticeThatTheWallClockIsSet) {
  FakeClock clock;
  const absl::Time wall = clock.Now();
  const MonotonicTime steady = clock.Steady();
  clock.StepWall(-absl::Seconds(600));
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(clock.Now() - wall, -absl::Seconds(599));
  EXPECT_EQ(clock.Steady() - steady, absl::Seconds(1));
}

TEST(FakeClock, WakesTheSleeperWhoseTimeHasCome) {
  FakeClock clock;
  std::jthread sleeper([&] { EXPECT_TRUE(clock.Sleep(absl::Seconds(10), {})); });
  ASSERT_TRUE(clock.WaitForSleeper(absl::Seconds(10)));
  clock.Advance(absl::Seconds(9));
  ASSERT_TRUE(clock.WaitForSleeper(absl::Seconds(1)));
  clock.Advance(absl::Seconds(1));
}

}  // namespace
}  // namespace swarmbell
