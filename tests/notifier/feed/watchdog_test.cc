#include "notifier/feed/watchdog.h"

#include <gtest/gtest.h>

#include <latch>

#include "tests/fakes/fake_clock.h"

namespace swarmbell {
namespace {

TEST(WatchdogTest, BarksWhenNothingWasHeard) {
  FakeClock clock;
  std::latch barked(1);
  Watchdog watchdog(
      absl::Seconds(10), [&] { barked.count_down(); }, clock);
  ASSERT_TRUE(clock.WaitForSleeper(absl::Seconds(10)));
  EXPECT_FALSE(watchdog.barked());
  clock.Advance(absl::Seconds(10));
  barked.wait();
  EXPECT_TRUE(watchdog.barked());
}

TEST(WatchdogTest, StaysQuietWhileSomethingIsHeardOrHandled) {
  FakeClock clock;
  Watchdog watchdog(
      absl::Seconds(10), [] { FAIL(); }, clock);
  ASSERT_TRUE(clock.WaitForSleeper(absl::Seconds(10)));
  clock.Advance(absl::Seconds(9));
  watchdog.Heard();
  clock.Advance(absl::Seconds(9));  // handling takes long
  ASSERT_TRUE(clock.WaitForSleeper(absl::Seconds(10)));
  watchdog.Listen();
  clock.Advance(absl::Seconds(9));
  EXPECT_FALSE(watchdog.barked());
}

}  // namespace
}  // namespace swarmbell
