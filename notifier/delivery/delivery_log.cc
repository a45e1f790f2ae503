#include "notifier/delivery/delivery_log.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"

namespace swarmbell {

void DeclareDeliveryMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kCounter, kDeliveries, "Finished messages, by outcome.");
  metrics.Declare(MetricKind::kCounter, kDeliveryRetries, "Attempts that failed and are retried.");
  metrics.Declare(MetricKind::kGauge, kDeliveryQueueLength, "Messages that wait for a receiver.");
  metrics.Declare(MetricKind::kGauge, kReceiverFailing,
                  "1 while a receiver has accepted no post for a minute although some were tried, else 0.");
  metrics.Declare(MetricKind::kHistogram, kDeliveryLatency,
                  "Time from the observation of a change to the acceptance of its message.",
                  {0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 14400});
}

DeliveryLog::DeliveryLog(std::size_t capacity) : capacity_(capacity) {}

std::uint64_t DeliveryLog::Add(DeliveryRecord record) {
  const MutexLock lock(mutex_);
  records_.push_back(std::move(record));
  if (records_.size() > capacity_) {
    records_.pop_front();
    ++first_;
    finished_.notify_all();
  }
  return first_ + records_.size() - 1;
}

void DeliveryLog::CountAttempt(std::uint64_t number, const std::string& error) {
  const MutexLock lock(mutex_);
  DeliveryRecord* record = Find(number);
  if (record == nullptr) return;
  ++record->attempts;
  record->error = error;
}

void DeliveryLog::Finish(std::uint64_t number, DeliveryProgress progress, const std::string& why,
                         absl::Time time) {
  const MutexLock lock(mutex_);
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
  const MutexLock lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, records_.size()));
  return {records_.rbegin(), records_.rbegin() + count};
}

std::optional<DeliveryRecord> DeliveryLog::WaitFinished(std::uint64_t number, absl::Duration limit,
                                                        std::stop_token stop) const {
  MutexLock lock(mutex_);
  const auto done = [&] {
    mutex_.AssertHeld();
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

void ReceiverTrouble::Failed(const Verdict& verdict, Instant now) {
  if (!since_) since_ = now;
  error_ = verdict.reason;
  advice_ = verdict.advice;
}

void ReceiverTrouble::Lost(std::size_t alerts) {
  if (since_) lost_ += alerts;
}

std::optional<ReceiverNews> ReceiverTrouble::Accepted(absl::Time now) {
  const std::optional<Instant> since = std::exchange(since_, std::nullopt);
  const std::size_t lost = std::exchange(lost_, 0);
  const bool was_reported = std::exchange(reported_, false);
  const bool is_first = !std::exchange(reported_working_, true);
  if (!was_reported && !is_first) return std::nullopt;
  ReceiverNews works;
  works.receiver = receiver_;
  works.since = since ? since->wall : now;
  works.lost_alerts = lost;
  return works;
}

std::optional<ReceiverNews> ReceiverTrouble::Check(MonotonicTime now, absl::Duration after,
                                                   std::size_t waiting_alerts) {
  if (now < Deadline(after)) return std::nullopt;
  reported_ = true;
  return ReceiverNews{receiver_, /*failing=*/true, error_, advice_, since_->wall, waiting_alerts, lost_};
}

MonotonicTime ReceiverTrouble::Deadline(absl::Duration after) const {
  return since_ && !reported_ ? since_->steady + after : MonotonicTime::InfiniteFuture();
}

v1::ChangeEvent MakeReceiverEvent(const ReceiverNews& news, absl::Time now) {
  v1::ChangeEvent event;
  event.set_event_id(absl::StrCat(news.failing ? "receiver_failing:" : "receiver_recovered:", news.receiver,
                                  ":", absl::ToUnixNanos(news.since)));
  event.set_action(v1::ACTION_UPDATED);
  *event.mutable_observe_time() = ToProto(now);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_RECEIVER);
  event.mutable_resource()->set_id(news.receiver);
  event.mutable_resource()->set_name(news.receiver);
  const auto lost = static_cast<std::uint32_t>(news.lost_alerts);
  if (!news.failing) {
    v1::ReceiverRecovered& recovered = *event.mutable_receiver_recovered();
    recovered.set_receiver(news.receiver);
    *recovered.mutable_start_time() = ToProto(news.since);
    recovered.set_lost_alerts(lost);
    return event;
  }
  v1::ReceiverFailing& failing = *event.mutable_receiver_failing();
  failing.set_receiver(news.receiver);
  failing.set_error(news.error);
  failing.set_advice(news.advice);
  *failing.mutable_start_time() = ToProto(news.since);
  failing.set_waiting_alerts(static_cast<std::uint32_t>(news.waiting_alerts));
  failing.set_lost_alerts(lost);
  return event;
}

}  // namespace swarmbell
