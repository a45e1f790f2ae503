#include "notifier/rules/mute.h"

#include <algorithm>

#include "absl/time/civil_time.h"

namespace swarmbell {
namespace {

// 0 = Sunday, as MuteConfig counts.
int WeekdayNumber(absl::CivilDay day) { return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7; }

bool OnDay(const MuteConfig& mute, absl::CivilDay day) {
  if (mute.weekdays.empty()) return true;
  return std::find(mute.weekdays.begin(), mute.weekdays.end(), WeekdayNumber(day)) != mute.weekdays.end();
}

bool InDailyWindow(const MuteConfig& mute, absl::Time now) {
  const absl::CivilMinute minute = absl::ToCivilMinute(now, absl::UTCTimeZone());
  const absl::CivilDay day(minute);
  const int start = mute.daily_start_minute.value_or(0);
  const int end = mute.daily_end_minute.value_or(24 * 60);
  const int at = minute.hour() * 60 + minute.minute();
  if (start < end) return OnDay(mute, day) && at >= start && at < end;
  return (OnDay(mute, day) && at >= start) || (OnDay(mute, day - 1) && at < end);
}

}  // namespace

bool InForce(const MuteConfig& mute, absl::Time now) {
  if (mute.start && now < *mute.start) return false;
  if (mute.end && now >= *mute.end) return false;
  return InDailyWindow(mute, now);
}

}  // namespace swarmbell
