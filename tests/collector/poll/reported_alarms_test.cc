// Alarms of subscribers that wait for a reading.
#include "collector/poll/reported_alarms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace swarmbell {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1795350000);

std::vector<v1::ChangeEvent> Alarms(std::size_t count, std::size_t bytes = 10) {
  v1::ChangeEvent alarm;
  alarm.set_event_id(std::string(bytes, 'x'));
  return std::vector<v1::ChangeEvent>(count, alarm);
}

TEST(ReportedAlarmsTest, WaitForTheWatchAndAReadingThatBeganLater) {
  ReportedAlarms alarms;
  EXPECT_TRUE(alarms.Add(Alarms(2), kNow));
  alarms.Begin(false, kNow);
  EXPECT_THAT(alarms.Take(kNow - absl::Seconds(1), kNow), IsEmpty());
  EXPECT_THAT(alarms.Take(kNow, kNow), SizeIs(2));
  EXPECT_THAT(alarms.Take(kNow, kNow), IsEmpty());
}

TEST(ReportedAlarmsTest, AreDroppedAfterTenMinutes) {
  ReportedAlarms alarms;
  alarms.Begin(false, kNow);
  EXPECT_TRUE(alarms.Add(Alarms(1), kNow + absl::Minutes(10)));
  const absl::Time late = kNow + absl::Minutes(10) + absl::Seconds(1);
  EXPECT_FALSE(alarms.Add(Alarms(1), late));
  EXPECT_THAT(alarms.Take(late, late), IsEmpty());
}

TEST(ReportedAlarmsTest, AreDroppedAfterAStateWasRestored) {
  ReportedAlarms alarms;
  EXPECT_TRUE(alarms.Add(Alarms(1), kNow));
  alarms.Begin(true, kNow);
  EXPECT_THAT(alarms.Take(kNow, kNow), IsEmpty());
  EXPECT_FALSE(alarms.Add(Alarms(1), kNow));
}

TEST(ReportedAlarmsTest, AreBoundedInNumberAndBytes) {
  ReportedAlarms alarms;
  alarms.Begin(false, kNow);
  for (int i = 0; i < 3; ++i) alarms.Add(Alarms(1500), kNow);
  EXPECT_THAT(alarms.Take(kNow, kNow), SizeIs(2000));
  for (int i = 0; i < 3; ++i) alarms.Add(Alarms(2, 60 << 10), kNow);
  EXPECT_THAT(alarms.Take(kNow, kNow), SizeIs(4));
  EXPECT_FALSE(alarms.Add(Alarms(1, 300 << 10), kNow));
  EXPECT_TRUE(alarms.Add(Alarms(1), kNow));
}

}  // namespace
}  // namespace swarmbell
