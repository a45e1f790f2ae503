#include "collector/poll/endpoint_source.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "collector/poll/poll_metrics.h"
#include "collector/poll/staleness.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

// An engine that is well but refuses, as a manager that is locked, may serve at any moment, and is cheap to
// ask.
constexpr absl::Duration kLongestWaitAfterRefusal = absl::Seconds(10);

}  // namespace

std::optional<EngineAnswer> EndpointSource::Ask(OnBody on_body, std::stop_token stop) {
  if (retry_at_ && UntilRetry() > absl::ZeroDuration()) return std::nullopt;
  absl::StatusOr<EngineAnswer> answer = Get(endpoint_, "all", on_body, stop);
  if (stop.stop_requested()) return std::nullopt;
  if (!answer.ok()) {
    Failed(answer.status());
    return std::nullopt;
  }
  return *std::move(answer);
}

absl::StatusOr<EngineAnswer> EndpointSource::AskPart(std::vector<std::string> service_ids, OnBody on_body,
                                                     std::stop_token stop) {
  return Get({endpoint_, std::move(service_ids)}, "part", on_body, stop);
}

absl::StatusOr<EngineAnswer> EndpointSource::Get(const EngineQuery& query, const char* extent, OnBody on_body,
                                                 std::stop_token stop) {
  const MetricLabels labels = {{"endpoint", std::string(EndpointPath(endpoint_))}, {"extent", extent}};
  const absl::Time start = parts_.clock.Now();
  absl::StatusOr<EngineAnswer> answer = parts_.engine.Get(query, on_body, stop);
  if (stop.stop_requested()) return absl::CancelledError();
  parts_.metrics.Observe(kPollDuration, labels, absl::ToDoubleSeconds(parts_.clock.Now() - start));
  if (answer.ok()) {
    parts_.metrics.Add(kEngineResponseBytes, labels, static_cast<double>(answer->body_bytes));
  }
  return answer;
}

void EndpointSource::Succeeded(std::size_t objects) {
  const absl::Time now = parts_.clock.Now();
  backoff_.Reset();
  retry_at_.reset();
  if (parts_.board.Succeeded(endpoint_, objects, now)) {
    spdlog::info("The engine can be read again. endpoint={}", std::string(EndpointPath(endpoint_)));
  }
  TellStaleness(parts_.board, parts_.sink, now);
}

void EndpointSource::Failed(const absl::Status& status) {
  const absl::Time now = parts_.clock.Now();
  const absl::Duration wait = backoff_.Next();
  const bool refused = absl::IsFailedPrecondition(status);
  retry_at_ = now + (refused ? std::min(wait, kLongestWaitAfterRefusal) : wait);
  if (parts_.board.Failed(endpoint_, status, parts_.clock.Now())) {
    spdlog::warn(
        "The engine cannot be read; what is known is kept, and reading is tried again. endpoint={} error={}",
        std::string(EndpointPath(endpoint_)), LogValue(std::string(status.message())));
  }
  TellStaleness(parts_.board, parts_.sink, now);
}

void EndpointSource::Skipped(const SkippedObjects& skipped) {
  if (!parts_.board.Skipped(endpoint_, skipped)) return;
  spdlog::warn(
      "The engine listed objects that make no sense; they are passed over, and what was known of them is "
      "kept. endpoint={} objects={} error={}",
      std::string(EndpointPath(endpoint_)), skipped.count, LogValue(skipped.reason));
}

absl::Duration EndpointSource::UntilRetry() const {
  if (!retry_at_) return absl::InfiniteDuration();
  // A clock that was set back must not make the wait longer.
  return std::clamp(*retry_at_ - parts_.clock.Now(), absl::ZeroDuration(), absl::Minutes(1));
}

}  // namespace swarmbell
