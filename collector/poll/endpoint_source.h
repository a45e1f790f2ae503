#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collector/docker/engine_client.h"
#include "collector/poll/change_sink.h"
#include "collector/poll/status_board.h"
#include "collector/store/state_store.h"
#include "common/metrics/metrics.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"

namespace swarmbell {

// The dependencies of all readers; the owner outlives the readers.
struct PollParts {
  EngineClient& engine;
  Clock& clock;
  Metrics& metrics;
  StatusBoard& board;
  ChangeSink& sink;
  StateStore& store;
};

// One endpoint as something that can fail: asks, waits longer after each failure, and tells once that trouble
// begins and once that it is over. Used by one thread.
class EndpointSource {
 public:
  EndpointSource(Endpoint endpoint, PollParts parts) : endpoint_(endpoint), parts_(parts) {}

  // The engine's answer, once `on_body` has got its body; unset while waiting after a failure, after a new
  // one, and after a stop. Each answer must be followed by Succeeded() or Failed().
  std::optional<EngineAnswer> Ask(OnBody on_body, std::stop_token stop);

  // Asks for a part, whatever became of the whole: a failure is only the answer, and counts for nothing.
  absl::StatusOr<EngineAnswer> AskPart(std::vector<std::string> service_ids, OnBody on_body,
                                       std::stop_token stop);

  void Succeeded(std::size_t objects);
  void Failed(const absl::Status& status);
  // Records the objects that were skipped in the last good answer because they make no sense; usually none.
  void Skipped(const SkippedObjects& skipped);

  // Asks at the next opportunity, however often it failed.
  void RetryNow() { retry_at_.reset(); }

  // How long it waits yet; infinite when it does not wait after a failure.
  absl::Duration UntilRetry() const;

 private:
  absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, const char* extent, OnBody on_body,
                                   std::stop_token stop);

  const Endpoint endpoint_;
  PollParts parts_;
  Backoff backoff_{{.first = absl::Seconds(1), .most = absl::Minutes(1)}};
  std::optional<absl::Time> retry_at_;
};

}  // namespace swarmbell
