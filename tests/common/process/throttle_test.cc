#include <gtest/gtest.h>

#include "common/process/logging.h"

namespace swarmbell {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(ThrottleTest, TellsEachKeyOnceInAnInterval) {
  Throttle throttle(absl::Minutes(10));
  EXPECT_TRUE(throttle.Due("a", kStart));
  EXPECT_FALSE(throttle.Due("a", kStart + absl::Minutes(9)));
  EXPECT_TRUE(throttle.Due("b", kStart + absl::Minutes(9)));
  EXPECT_TRUE(throttle.Due("a", kStart + absl::Minutes(10)));
}

TEST(ThrottleTest, EverNewKeysAreToldABoundedNumberOfTimes) {
  Throttle throttle(absl::Minutes(10));
  int told = 0;
  for (int i = 0; i < 100'000; i += 10) told += throttle.Due(std::to_string(i), kStart);
  EXPECT_EQ(told, 200);
  EXPECT_TRUE(throttle.Due("later", kStart + absl::Minutes(11)));
}

}  // namespace
}  // namespace swarmbell
