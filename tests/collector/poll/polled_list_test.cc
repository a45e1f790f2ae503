#include "collector/poll/polled_list.h"

#include <gtest/gtest.h>

namespace swarmbell {
namespace {

class ReadPaceTest : public testing::Test {
 protected:
  // Reads for this long, now, twice: one slow read is not believed.
  void TakeTwice(absl::Duration took) {
    for (int i = 0; i < 2; ++i) {
      pace_.RecordRead(now_, now_ + took);
      now_ += took;
    }
  }
  absl::Duration Wait(bool followed) const { return pace_.UntilDue(now_, followed); }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  ReadPace pace_{0.05, 0.1};
};

TEST_F(ReadPaceTest, TheFirstReadIsDueAtOnce) { EXPECT_EQ(Wait(true), absl::ZeroDuration()); }

TEST_F(ReadPaceTest, NothingIsDueUnlessRequested) {
  TakeTwice(absl::Milliseconds(1));
  EXPECT_EQ(Wait(false), absl::InfiniteDuration());
}

TEST_F(ReadPaceTest, WithoutEventsTheRestKeepsTheShare) {
  TakeTwice(absl::Milliseconds(700));
  pace_.Request();
  EXPECT_EQ(Wait(false), absl::Seconds(14));
  now_ += absl::Seconds(13);
  EXPECT_EQ(Wait(false), absl::Seconds(1));
  now_ += absl::Seconds(2);
  EXPECT_EQ(Wait(false), absl::ZeroDuration());
}

TEST_F(ReadPaceTest, WithEventsItRestsLonger) {
  TakeTwice(absl::Milliseconds(700));
  pace_.Request();
  EXPECT_EQ(Wait(true), absl::Seconds(140));
}

TEST_F(ReadPaceTest, AReasonGetsTheWholeShareUntilTheRead) {
  TakeTwice(absl::Milliseconds(700));
  pace_.RequestUrgently();
  pace_.Request();
  EXPECT_EQ(Wait(true), absl::Seconds(14));
  TakeTwice(absl::Milliseconds(700));
  pace_.Request();
  EXPECT_EQ(Wait(true), absl::Seconds(140));
}

TEST_F(ReadPaceTest, ACheapReadGetsTheWholeShareWithEventsToo) {
  TakeTwice(absl::Milliseconds(10));
  pace_.Request();
  EXPECT_EQ(Wait(true), absl::Milliseconds(200));
  TakeTwice(absl::Milliseconds(11));
  pace_.Request();
  EXPECT_EQ(Wait(true), absl::Milliseconds(2200));
}

TEST_F(ReadPaceTest, OneSlowReadDoesNotMakeTheNextDear) {
  TakeTwice(absl::Milliseconds(4));
  pace_.RecordRead(now_, now_ + absl::Seconds(9));
  now_ += absl::Seconds(9);
  pace_.Request();
  EXPECT_EQ(Wait(true), absl::Milliseconds(80));
}

TEST_F(ReadPaceTest, OneSlowReadIsNotBelieved) {
  TakeTwice(absl::Milliseconds(100));
  pace_.RecordRead(now_, now_ + absl::Seconds(9));
  now_ += absl::Seconds(9);
  pace_.Request();
  EXPECT_EQ(Wait(false), absl::Seconds(2));
}

TEST_F(ReadPaceTest, HoweverSlowTheEngineItIsReadAgain) {
  TakeTwice(absl::Seconds(25));
  pace_.Request();
  EXPECT_EQ(Wait(true), absl::Minutes(5));
  EXPECT_EQ(Wait(false), absl::Minutes(1));
}

TEST_F(ReadPaceTest, AClockThatWasSetBackDelaysNothing) {
  TakeTwice(absl::Milliseconds(700));
  pace_.Request();
  now_ -= absl::Hours(1);
  EXPECT_EQ(Wait(true), absl::ZeroDuration());
}

}  // namespace

}  // namespace swarmbell
