#include "common/time/backoff.h"

#include <gtest/gtest.h>

namespace swarmbell {
namespace {

TEST(Backoff, DoublesWithJitterUpToTheMost) {
  Backoff backoff({.first = absl::Seconds(1), .most = absl::Seconds(5)}, 7);
  const absl::Duration steps[] = {absl::Seconds(1), absl::Seconds(2), absl::Seconds(4), absl::Seconds(5),
                                  absl::Seconds(5)};
  for (absl::Duration step : steps) {
    const absl::Duration wait = backoff.Next();
    EXPECT_GE(wait, step / 2);
    EXPECT_LE(wait, step);
  }
}

TEST(Backoff, StartsAgainAfterReset) {
  Backoff backoff({.first = absl::Seconds(1), .most = absl::Seconds(60)}, 7);
  for (int i = 0; i < 5; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Seconds(1));
}

TEST(Backoff, DiffersFromOneClientToTheNext) {
  Backoff one({}, 1), other({}, 2);
  EXPECT_NE(one.Next(), other.Next());
}

}  // namespace
}  // namespace swarmbell
