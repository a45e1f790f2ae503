#include "collector/poll/status_board.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

MetricLabels Label(Endpoint endpoint) { return {{"endpoint", EndpointPath(endpoint)}}; }

// Identifies one period of staleness by the last good read before it: the same on every run.
std::string TroubleId(const v1::ChangeEvent& event, const std::string& change, absl::Time since) {
  return EventId(
      {event.cluster().id(), event.resource().id(), change, absl::StrCat(absl::ToUnixNanos(since))});
}

// Threads take the time before they wait for the board: a read that another thread has recorded meanwhile
// is at most this far in their future.
constexpr absl::Duration kTakenBefore = absl::Seconds(10);

// CheckFreshness() is called each second. A longer step means that the clock was set, or that the process did
// not run.
constexpr absl::Duration kLongestStep = absl::Seconds(10);

}  // namespace

void DeclarePollMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kHistogram, kPollDuration, "How long reads of the Docker Engine took.",
                  {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30});
  metrics.Declare(MetricKind::kCounter, kPollFailures, "Reads of the Docker Engine that failed.");
  metrics.Declare(MetricKind::kGauge, kPollLastSuccess, "When the last good read ended.");
  metrics.Declare(MetricKind::kGauge, kPollAge, "Time since the last good read of everything.");
  metrics.Declare(MetricKind::kCounter, kEngineResponseBytes, "Bytes of answers of the Docker Engine.");
  metrics.Declare(MetricKind::kGauge, kObjects, "Objects in the last good read.");
  metrics.Declare(MetricKind::kGauge, kSkippedObjects,
                  "Objects of the last good read that are invalid and were skipped.");
  metrics.Declare(MetricKind::kCounter, kChanges, "Changes found.");
  metrics.Declare(MetricKind::kCounter, kEngineEvents, "Events received from the Docker Engine.");
  metrics.Declare(MetricKind::kGauge, kStale, "1 when the engine could not be read for too long, else 0.");
  metrics.Add(kEngineEvents, {}, 0);
  metrics.Set(kStale, {}, 0);
}

StatusBoard::StatusBoard(absl::Time start, StaleLimits limits, std::string collector_name, bool containers,
                         Metrics& metrics, Emit emit)
    : start_(start),
      limits_(limits),
      collector_name_(std::move(collector_name)),
      metrics_(metrics),
      emit_(std::move(emit)) {
  // Lists that have not been read yet are shown, too: a first read may take as long as its deadline.
  for (const Endpoint endpoint : {Endpoint::kServices, Endpoint::kNodes, Endpoint::kTasks})
    records_[endpoint];
  if (containers) records_[Endpoint::kContainers];
}

void StatusBoard::SetIdentity(Identity identity) {
  const MutexLock lock(mutex_);
  identity_ = std::move(identity);
}

std::optional<Identity> StatusBoard::GetIdentity() const {
  const MutexLock lock(mutex_);
  return identity_;
}

void StatusBoard::Measure(Endpoint endpoint, bool part, absl::Duration took,
                          const absl::StatusOr<EngineAnswer>& answer) {
  const MetricLabels labels = {{"endpoint", EndpointPath(endpoint)}, {"extent", part ? "part" : "all"}};
  metrics_.Observe(kPollDuration, labels, absl::ToDoubleSeconds(took));
  if (answer.ok()) metrics_.Add(kEngineResponseBytes, labels, static_cast<double>(answer->body_bytes));
}

bool StatusBoard::Failed(Endpoint endpoint, const absl::Status& status, absl::Time now) {
  metrics_.Add(kPollFailures, Label(endpoint));
  const MutexLock lock(mutex_);
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
  const MutexLock lock(mutex_);
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
  const MutexLock lock(mutex_);
  Record& record = records_[endpoint];
  record.skipped = skipped;
  if (skipped.count == 0) return false;
  return std::exchange(record.last_skip_reason, skipped.reason) != skipped.reason;
}

void StatusBoard::Postponed(Endpoint endpoint, absl::Time now) {
  const MutexLock lock(mutex_);
  Record& record = records_[endpoint];
  record.postponed_at = now;
  record.late = false;
}

void StatusBoard::ClockStepped(absl::Time now) {
  const MutexLock lock(mutex_);
  stepped_at_ = now;
}

std::optional<v1::ChangeEvent> StatusBoard::CheckStale(absl::Time now, Look look) {
  const MutexLock lock(mutex_);
  if (!stale_) return BecomeStale(now, look);
  for (const auto& [endpoint, record] : records_) {
    if (!IsTrusted(endpoint, record, now)) return std::nullopt;
  }
  return Recover(now);
}

void StatusBoard::EmitStaleness(absl::Time now, Look look) {
  const MutexLock lock(emit_mutex_);
  if (auto event = CheckStale(now, look)) emit_(*std::move(event));
}

void StatusBoard::CheckFreshness(absl::Time now) {
  {
    const MutexLock lock(mutex_);
    const absl::Time before = std::exchange(checked_at_, now).value_or(now);
    if (now < before || now - before > kLongestStep) stepped_at_ = now;
    for (const auto& [endpoint, record] : records_) {
      if (!record.last_read || IsOptional(endpoint)) continue;
      metrics_.Set(kPollAge, Label(endpoint), absl::ToDoubleSeconds(now - *record.last_read));
    }
  }
  EmitStaleness(now, Look::kFailuresAndSilence);
}

// /info is asked only in doubt: the age of its last good answer means nothing. Neither does a time that a
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
  if (record.postponed_at) consider(*record.postponed_at);
  return since;
}

bool StatusBoard::IsLate(Endpoint endpoint, const Record& record, absl::Time now) const {
  const bool fails = !record.error.empty();
  if (IsOptional(endpoint) || (endpoint == Endpoint::kInfo && !fails)) return false;
  return now - UnknownSince(endpoint, record, now) > (fails ? limits_.failing : limits_.busy);
}

bool StatusBoard::IsTrusted(Endpoint endpoint, const Record& record, absl::Time now) const {
  if (IsOptional(endpoint)) return true;
  return record.error.empty() && !record.late && !IsLate(endpoint, record, now);
}

// Returns the lists that are too old, and marks them. If reads of some fail, only those: the others only wait
// for them.
std::vector<Endpoint> StatusBoard::FindLate(absl::Time now, Look look) {
  std::vector<Endpoint> late;
  for (auto& [endpoint, record] : records_) {
    if (look == Look::kFailures && record.error.empty()) continue;
    if (!IsLate(endpoint, record, now)) continue;
    record.late = true;
    late.push_back(endpoint);
  }
  std::vector<Endpoint> failing;
  for (const Endpoint endpoint : late) {
    if (!records_[endpoint].error.empty()) failing.push_back(endpoint);
  }
  return failing.empty() ? late : failing;
}

std::optional<v1::ChangeEvent> StatusBoard::BecomeStale(absl::Time now, Look look) {
  const std::vector<Endpoint> late = FindLate(now, look);
  if (late.empty()) return std::nullopt;
  stale_ = true;
  stale_error_ = records_[late.front()].error;
  if (stale_error_.empty()) {
    stale_error_ = absl::StrCat("nothing was read for more than ", absl::FormatDuration(limits_.busy),
                                ": the collector is busy, or the engine does not end its answer");
  }
  stale_since_ = absl::InfiniteFuture();
  for (const Endpoint endpoint : late) {
    const std::optional<absl::Time> last_read = records_[endpoint].last_read;
    if (last_read.value_or(start_) >= stale_since_) continue;
    stale_since_ = last_read.value_or(start_);
    stale_since_read_ = last_read.has_value();
  }
  metrics_.Set(kStale, {}, 1);

  v1::ChangeEvent event = MakeEvent(now);
  event.set_event_id(TroubleId(event, "collector_stale", stale_since_));
  v1::CollectorStale& stale = *event.mutable_collector_stale();
  for (const Endpoint endpoint : late) stale.add_endpoints(EndpointPath(endpoint));
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
  const MutexLock lock(mutex_);
  PollStatus status;
  status.identity = identity_;
  for (const auto& [endpoint, record] : records_) {
    status.endpoints.push_back(
        {EndpointPath(endpoint), record.objects, record.last_read, record.error, record.skipped});
  }
  status.stale = stale_;
  status.stale_error = stale_error_;
  return status;
}

}  // namespace swarmbell
