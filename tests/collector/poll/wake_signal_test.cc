#include "collector/poll/poll_loop.h"

#include <gtest/gtest.h>

#include <thread>

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

}  // namespace
}  // namespace swarmbell
