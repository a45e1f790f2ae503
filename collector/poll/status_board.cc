#include "collector/poll/status_board.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/poll/poll_metrics.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

MetricLabels Label(Endpoint endpoint) { return {{"endpoint", std::string(EndpointPath(endpoint))}}; }

// The same for the same trouble: it is named by the last good read before it.
std::string TroubleId(const v1::ChangeEvent& event, const std::string& change, absl::Time since) {
  return EventId(
      {event.cluster().id(), event.resource().id(), change, absl::StrCat(absl::ToUnixNanos(since))});
}

}  // namespace

StatusBoard::StatusBoard(absl::Time start, StaleLimits limits, std::string collector_name, bool containers,
                         Metrics& metrics)
    : start_(start), limits_(limits), collector_name_(std::move(collector_name)), metrics_(metrics) {
  // Shows lists that have not been read yet: a first try may take as long as its deadline.
  for (const Endpoint endpoint : {Endpoint::kServices, Endpoint::kNodes, Endpoint::kTasks})
    records_[endpoint];
  if (containers) records_[Endpoint::kContainers];
}

void StatusBoard::SetIdentity(const Identity& identity) {
  std::lock_guard lock(mutex_);
  identity_ = identity;
}

std::optional<Identity> StatusBoard::GetIdentity() const {
  std::lock_guard lock(mutex_);
  return identity_;
}

bool StatusBoard::Failed(Endpoint endpoint, const absl::Status& status, absl::Time now) {
  metrics_.Add(kPollFailures, Label(endpoint));
  std::lock_guard lock(mutex_);
  Record& record = records_[endpoint];
  const bool begins = record.error.empty();
  if (begins) record.failing_since = now;
  std::string error(status.message());
  if (error.empty()) error = "unknown error";
  return std::exchange(record.error, error) != error;
}

bool StatusBoard::Succeeded(Endpoint endpoint, std::size_t objects, absl::Time now) {
  metrics_.Set(kPollLastSuccess, Label(endpoint), absl::ToDoubleSeconds(now - absl::UnixEpoch()));
  metrics_.Set(kObjects, Label(endpoint), static_cast<double>(objects));
  std::lock_guard lock(mutex_);
  Record& record = records_[endpoint];
  const bool ends = !record.error.empty();
  record.error.clear();
  record.late = false;
  record.objects = static_cast<std::uint32_t>(objects);
  record.last_read = now;
  return ends;
}

bool StatusBoard::Skipped(Endpoint endpoint, const SkippedObjects& skipped) {
  metrics_.Set(kSkippedObjects, Label(endpoint), static_cast<double>(skipped.count));
  std::lock_guard lock(mutex_);
  Record& record = records_[endpoint];
  record.skipped = skipped;
  if (skipped.count == 0) return false;
  return std::exchange(record.last_skip_reason, skipped.reason) != skipped.reason;
}

void StatusBoard::Rests(Endpoint endpoint, absl::Time now) {
  std::lock_guard lock(mutex_);
  Record& record = records_[endpoint];
  record.rested_at = now;
  record.late = false;
}

void StatusBoard::ClockStepped(absl::Time now) {
  std::lock_guard lock(mutex_);
  stepped_at_ = now;
}

std::optional<v1::ChangeEvent> StatusBoard::CheckStale(absl::Time now, Look look) {
  std::lock_guard lock(mutex_);
  if (!stale_) return BecomeStale(now, look);
  for (const auto& [endpoint, record] : records_) {
    if (!IsTrusted(endpoint, record, now)) return std::nullopt;
  }
  return Recover(now);
}

void StatusBoard::TellStale(absl::Time now, Look look, absl::FunctionRef<void(v1::ChangeEvent)> tell) {
  std::lock_guard lock(telling_);
  if (auto event = CheckStale(now, look)) tell(*std::move(event));
}

// Threads take the time before they wait for the board: what another has noted meanwhile is not of the
// future.
constexpr absl::Duration kTakenBefore = absl::Seconds(10);

// /info is asked only in doubt: that its last good answer is old says nothing. Neither does a time that a
// clock which was set back has not reached again.
absl::Time StatusBoard::UnknownSince(Endpoint endpoint, const Record& record, absl::Time now) const {
  absl::Time since = stepped_at_.value_or(start_);
  const auto consider = [&](absl::Time time) {
    if (time <= now + kTakenBefore) since = std::max(since, std::min(time, now));
  };
  if (endpoint == Endpoint::kInfo) {
    consider(record.failing_since);
    return since;
  }
  if (record.last_read) consider(*record.last_read);
  if (record.rested_at) consider(*record.rested_at);
  return since;
}

bool StatusBoard::IsLate(Endpoint endpoint, const Record& record, absl::Time now) const {
  const bool fails = !record.error.empty();
  if (endpoint == Endpoint::kNetworks || (endpoint == Endpoint::kInfo && !fails)) return false;
  return now - UnknownSince(endpoint, record, now) > (fails ? limits_.failing : limits_.busy);
}

bool StatusBoard::IsTrusted(Endpoint endpoint, const Record& record, absl::Time now) const {
  if (endpoint == Endpoint::kNetworks) return true;
  return record.error.empty() && !record.late && !IsLate(endpoint, record, now);
}

std::optional<v1::ChangeEvent> StatusBoard::BecomeStale(absl::Time now, Look look) {
  std::vector<std::pair<Endpoint, Record*>> late;
  for (auto& [endpoint, record] : records_) {
    if (look == Look::kForFailures && record.error.empty()) continue;
    if (IsLate(endpoint, record, now)) late.emplace_back(endpoint, &record);
  }
  if (late.empty()) return std::nullopt;
  for (const auto& [endpoint, record] : late) record->late = true;
  // A list that failed gives the reason; lists that were not read meanwhile only wait for it.
  const auto fails = [](const auto& entry) { return !entry.second->error.empty(); };
  if (std::ranges::any_of(late, fails)) std::erase_if(late, std::not_fn(fails));
  stale_error_ = late.front().second->error;
  if (stale_error_.empty()) {
    stale_error_ = absl::StrCat("nothing was read for more than ", absl::FormatDuration(limits_.busy),
                                ": the collector is busy, or the engine does not end its answer");
  }

  stale_ = true;
  const Record& oldest = *std::ranges::min(late, {}, [this](const auto& entry) {
                            return entry.second->last_read.value_or(start_);
                          }).second;
  stale_since_ = oldest.last_read.value_or(start_);
  stale_since_read_ = oldest.last_read.has_value();
  metrics_.Set(kStale, {}, 1);

  v1::ChangeEvent event = MakeEvent(now);
  event.set_event_id(TroubleId(event, "collector_stale", stale_since_));
  v1::CollectorStale& stale = *event.mutable_collector_stale();
  for (const auto& [endpoint, record] : late) stale.add_endpoints(std::string(EndpointPath(endpoint)));
  stale.set_error(stale_error_);
  if (stale_since_read_) *stale.mutable_last_read_time() = ToProto(stale_since_);
  return event;
}

v1::ChangeEvent StatusBoard::Recover(absl::Time now) {
  stale_ = false;
  stale_error_.clear();
  metrics_.Set(kStale, {}, 0);
  v1::ChangeEvent event = MakeEvent(now);
  event.set_event_id(TroubleId(event, "collector_recovered", stale_since_));
  v1::CollectorRecovered& recovered = *event.mutable_collector_recovered();
  if (stale_since_read_) *recovered.mutable_last_read_time() = ToProto(stale_since_);
  return event;
}

v1::ChangeEvent StatusBoard::MakeEvent(absl::Time now) const {
  v1::ChangeEvent event;
  *event.mutable_observe_time() = ToProto(now);
  event.set_action(v1::ACTION_UPDATED);
  v1::ResourceRef& resource = *event.mutable_resource();
  resource.set_kind(v1::RESOURCE_KIND_COLLECTOR);
  if (identity_) {
    *event.mutable_cluster() = identity_->cluster;
    *event.mutable_observer() = identity_->observer;
    resource.set_id(identity_->observer.node_id());
    resource.set_name(identity_->observer.hostname());
  }
  if (resource.id().empty()) resource.set_id(collector_name_);
  if (resource.name().empty()) resource.set_name(collector_name_);
  return event;
}

PollStatus StatusBoard::Status() const {
  std::lock_guard lock(mutex_);
  PollStatus status;
  if (identity_) {
    status.cluster = identity_->cluster;
    status.observer = identity_->observer;
  }
  for (const auto& [endpoint, record] : records_) {
    status.endpoints.push_back({std::string(EndpointPath(endpoint)), record.objects, record.last_read,
                                record.error, record.skipped});
  }
  status.last_read_time = absl::InfiniteFuture();
  for (Endpoint endpoint : {Endpoint::kServices, Endpoint::kNodes, Endpoint::kTasks}) {
    const auto found = records_.find(endpoint);
    const auto read = found == records_.end() ? std::nullopt : found->second.last_read;
    if (!read) {
      status.last_read_time.reset();
      break;
    }
    status.last_read_time = std::min(*status.last_read_time, *read);
  }
  status.stale = stale_;
  status.stale_error = stale_error_;
  return status;
}

}  // namespace swarmbell
