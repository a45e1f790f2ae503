#include "notifier/delivery/delivery_log.h"

#include <algorithm>
#include <utility>

namespace swarmbell {

DeliveryLog::DeliveryLog(std::size_t capacity) : capacity_(capacity) {}

std::uint64_t DeliveryLog::Add(DeliveryRecord record) {
  std::lock_guard lock(mutex_);
  records_.push_back(std::move(record));
  if (records_.size() > capacity_) {
    records_.pop_front();
    ++first_;
    finished_.notify_all();
  }
  return first_ + records_.size() - 1;
}

void DeliveryLog::Tried(std::uint64_t number, const std::string& error) {
  std::lock_guard lock(mutex_);
  DeliveryRecord* record = Find(number);
  if (record == nullptr) return;
  ++record->attempts;
  record->error = error;
}

void DeliveryLog::Finish(std::uint64_t number, DeliveryProgress progress, const std::string& why,
                         absl::Time time) {
  std::lock_guard lock(mutex_);
  DeliveryRecord* record = Find(number);
  if (record == nullptr) return;
  const bool accepted = progress == DeliveryProgress::kAccepted;
  record->progress = progress;
  record->error = accepted ? "" : why;
  record->odd = accepted ? why : "";
  record->finished = time;
  finished_.notify_all();
}

std::vector<DeliveryRecord> DeliveryLog::Newest(std::size_t most) const {
  std::lock_guard lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, records_.size()));
  return {records_.rbegin(), records_.rbegin() + count};
}

std::optional<DeliveryRecord> DeliveryLog::WaitFinished(std::uint64_t number, absl::Duration limit,
                                                        std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  const auto done = [&] {
    const DeliveryRecord* record = Find(number);
    return record == nullptr || record->finished.has_value();
  };
  finished_.wait_for(lock, std::move(stop), absl::ToChronoMilliseconds(limit), done);
  const DeliveryRecord* record = Find(number);
  return record == nullptr ? std::nullopt : std::optional(*record);
}

DeliveryRecord* DeliveryLog::Find(std::uint64_t number) {
  return number < first_ || number - first_ >= records_.size() ? nullptr : &records_[number - first_];
}

const DeliveryRecord* DeliveryLog::Find(std::uint64_t number) const {
  return number < first_ || number - first_ >= records_.size() ? nullptr : &records_[number - first_];
}

}  // namespace swarmbell
