#include "notifier/rules/mute.h"

#include <gtest/gtest.h>

#include <string>

namespace swarmbell {
namespace {

absl::Time At(const std::string& text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
  return time;
}

// 2026-08-01 is a Saturday.
TEST(MuteTest, WithoutTimesItIsAlwaysInForce) { EXPECT_TRUE(InForce({}, At("2026-08-01T12:00:00Z"))); }

TEST(MuteTest, AbsoluteTimesHoldTheirStartButNotTheirEnd) {
  MuteConfig mute;
  mute.start = At("2026-08-01T10:00:00Z");
  mute.end = At("2026-08-01T11:00:00Z");
  EXPECT_FALSE(InForce(mute, At("2026-08-01T09:59:59.999Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T10:00:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T10:59:59.999Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-01T11:00:00Z")));
  mute.end.reset();
  EXPECT_TRUE(InForce(mute, At("2036-08-01T11:00:00Z")));
}

TEST(MuteTest, ADailyWindow) {
  MuteConfig mute;
  mute.daily_start_minute = 90;
  mute.daily_end_minute = 120;
  EXPECT_FALSE(InForce(mute, At("2026-08-01T01:29:59Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T01:30:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T03:59:00+02:00")));  // the window is in UTC
  EXPECT_FALSE(InForce(mute, At("2026-08-01T02:00:00Z")));
}

TEST(MuteTest, AWindowThatPassesMidnightBelongsToTheDayItStartsOn) {
  MuteConfig mute;
  mute.daily_start_minute = 22 * 60;
  mute.daily_end_minute = 6 * 60;
  mute.weekdays = {6};
  EXPECT_FALSE(InForce(mute, At("2026-08-01T05:00:00Z")));  // Friday's night
  EXPECT_FALSE(InForce(mute, At("2026-08-01T21:59:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T22:00:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-02T05:59:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-02T06:00:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-02T22:00:00Z")));
}

TEST(MuteTest, WeekdaysAlone) {
  MuteConfig mute;
  mute.weekdays = {0, 6};
  EXPECT_FALSE(InForce(mute, At("2026-07-31T23:59:59Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T00:00:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-02T23:59:59Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-03T00:00:00Z")));
}

TEST(MuteTest, AWindowUpToMidnight) {
  MuteConfig mute;
  mute.daily_start_minute = 23 * 60;
  mute.daily_end_minute = 24 * 60;
  EXPECT_TRUE(InForce(mute, At("2026-08-01T23:59:59Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-02T00:00:00Z")));
}

TEST(MuteTest, AllPartsMustHold) {
  MuteConfig mute;
  mute.weekdays = {6};
  mute.end = At("2026-08-01T12:00:00Z");
  EXPECT_TRUE(InForce(mute, At("2026-08-01T11:00:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-01T13:00:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-07-31T13:00:00Z")));
}

}  // namespace
}  // namespace swarmbell
