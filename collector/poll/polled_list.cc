#include "collector/poll/polled_list.h"

#include <algorithm>

#include "common/process/logging.h"

namespace swarmbell {
namespace {

// An engine that works but refuses, as a locked manager does, may answer at any moment, and is cheap to ask.
constexpr absl::Duration kLongestWaitAfterRefusal = absl::Seconds(10);

// A proxy that forbids an optional endpoint, or an engine without it, rarely changes.
constexpr absl::Duration kWaitAfterLack = absl::Minutes(5);

// The longest wait between two full reads, however long they take.
constexpr absl::Duration kLongestWait = absl::Minutes(1);
constexpr absl::Duration kLongestWaitWithEvents = absl::Minutes(5);

// A read that takes no longer is mostly the round trip, and not worth postponing.
constexpr absl::Duration kCheap = absl::Milliseconds(10);

}  // namespace

std::optional<EngineAnswer> EngineEndpoint::Ask(OnBody on_body, std::stop_token stop) {
  if (retry_at_ && UntilRetry() > absl::ZeroDuration()) return std::nullopt;
  absl::StatusOr<EngineAnswer> answer = Get(endpoint_, on_body, stop);
  if (stop.stop_requested()) return std::nullopt;
  if (!answer.ok()) {
    Failed(answer.status());
    return std::nullopt;
  }
  return *std::move(answer);
}

absl::StatusOr<EngineAnswer> EngineEndpoint::AskPart(std::vector<std::string> service_ids, OnBody on_body,
                                                     std::stop_token stop) {
  return Get({endpoint_, std::move(service_ids)}, on_body, stop);
}

absl::StatusOr<EngineAnswer> EngineEndpoint::Get(const EngineQuery& query, OnBody on_body,
                                                 std::stop_token stop) {
  const absl::Time start = clock_.Now();
  absl::StatusOr<EngineAnswer> answer = engine_.Get(query, on_body, stop);
  if (stop.stop_requested()) return absl::CancelledError();
  board_.Measure(endpoint_, !query.service_ids.empty(), clock_.Now() - start, answer);
  return answer;
}

void EngineEndpoint::Succeeded(std::size_t objects) {
  const absl::Time now = clock_.Now();
  backoff_.Reset();
  retry_at_.reset();
  if (board_.Succeeded(endpoint_, objects, now)) {
    spdlog::info("The engine can be read again. endpoint={}", path());
  }
  board_.EmitStaleness(now);
}

void EngineEndpoint::Failed(const absl::Status& status) {
  const absl::Time now = clock_.Now();
  const absl::Duration wait = backoff_.Next();
  const bool refused = absl::IsFailedPrecondition(status);
  const bool lacks = IsOptional(endpoint_) && (absl::IsPermissionDenied(status) || absl::IsNotFound(status));
  const bool hangs = IsOptional(endpoint_) && absl::IsDeadlineExceeded(status);
  retry_at_ = now + (lacks || hangs ? kWaitAfterLack
                     : refused      ? std::min(wait, kLongestWaitAfterRefusal)
                                    : wait);
  const bool is_news = board_.Failed(endpoint_, status, now);
  if (is_news && lacks) {
    spdlog::info("The engine does not give this; its changes are not reported. endpoint={} error={}", path(),
                 LogValue(std::string(status.message())));
  } else if (is_news) {
    spdlog::warn("Cannot read the engine; keeping the known state and retrying. endpoint={} error={}", path(),
                 LogValue(std::string(status.message())));
  }
  board_.EmitStaleness(now);
}

void EngineEndpoint::Skipped(const SkippedObjects& skipped) {
  if (!board_.Skipped(endpoint_, skipped)) return;
  spdlog::warn(
      "Skipped invalid objects in the engine's answer; their last known state is kept. endpoint={} "
      "objects={} error={}",
      path(), skipped.count, LogValue(skipped.reason));
}

absl::Duration EngineEndpoint::UntilRetry() const {
  if (!retry_at_) return absl::InfiniteDuration();
  // A clock that was set back must not make the wait longer.
  return std::clamp(*retry_at_ - clock_.Now(), absl::ZeroDuration(), absl::Minutes(1));
}

absl::Duration ReadPace::MinWait(bool events_followed) const {
  const absl::Duration took = std::min(last_took_, took_before_);
  const bool whole_share = urgent_ || !events_followed || took <= kCheap;
  const double share = whole_share ? share_ : share_ * fraction_with_events_;
  return std::min(took / share, whole_share ? kLongestWait : kLongestWaitWithEvents);
}

absl::Duration ReadPace::UntilDue(absl::Time now, bool events_followed) const {
  if (!requested_) return absl::InfiniteDuration();
  if (!last_end_ || now < *last_end_) return absl::ZeroDuration();  // or a clock that was set back
  return std::max(*last_end_ + MinWait(events_followed) - now, absl::ZeroDuration());
}

void ReadPace::RecordRead(absl::Time start, absl::Time end) {
  requested_ = urgent_ = false;
  took_before_ = last_took_;
  last_took_ = std::max(end - start, absl::ZeroDuration());
  last_end_ = end;
}

}  // namespace swarmbell
