#include "collector/poll/reported_alarms.h"

#include <utility>

namespace swarmbell {

void ReportedAlarms::Begin(bool restored, absl::Time now) {
  const MutexLock lock(mutex_);
  until_ = restored ? absl::InfinitePast() : now + kAdoptsFor;
}

bool ReportedAlarms::Add(const std::vector<v1::ChangeEvent>& alarms, absl::Time now) {
  const MutexLock lock(mutex_);
  if (now > until_) return false;
  bool any = false;
  for (const v1::ChangeEvent& alarm : alarms) {
    const std::size_t bytes = alarm.ByteSizeLong();
    if (alarms_.size() >= kMostAlarms || bytes > kMostBytes - bytes_) break;
    alarms_.push_back(alarm);
    bytes_ += bytes;
    newest_at_ = now;
    any = true;
  }
  return any;
}

std::vector<v1::ChangeEvent> ReportedAlarms::Take(absl::Time asked_at, absl::Time now) {
  const MutexLock lock(mutex_);
  const bool over = now > until_;
  if (!over && newest_at_ > asked_at) return {};
  bytes_ = 0;
  std::vector<v1::ChangeEvent> alarms = std::exchange(alarms_, {});
  if (over) alarms.clear();
  return alarms;
}

}  // namespace swarmbell
