#include <gtest/gtest.h>

#include "notifier/delivery/message.h"

namespace swarmbell {
namespace {

const MonotonicTime kStart(absl::Hours(5));

TEST(PacerTest, ABurstGoesAtOnceThenOneEachInterval) {
  Pacer pacer({absl::Seconds(1), 3});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pacer.NextTurn(kStart), kStart);
    pacer.Count(kStart);
  }
  EXPECT_EQ(pacer.NextTurn(kStart), kStart + absl::Seconds(1));
  pacer.Count(kStart + absl::Seconds(1));
  EXPECT_EQ(pacer.NextTurn(kStart + absl::Seconds(1)), kStart + absl::Seconds(2));
}

TEST(PacerTest, AQuietTimeGivesTheWholeBurstBackButNoMore) {
  Pacer pacer({absl::Seconds(1), 2});
  for (int i = 0; i < 2; ++i) pacer.Count(kStart);
  const MonotonicTime later = kStart + absl::Hours(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(pacer.NextTurn(later), later);
    pacer.Count(later);
  }
  EXPECT_EQ(pacer.NextTurn(later), later + absl::Seconds(1));
}

TEST(PacerTest, AnIntervalOfZeroIsNoLimit) {
  Pacer pacer({absl::ZeroDuration(), 1});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(pacer.NextTurn(kStart), kStart);
    pacer.Count(kStart);
  }
}

}  // namespace
}  // namespace swarmbell
