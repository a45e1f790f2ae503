#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "collector/docker/engine_client.h"
#include "collector/poll/engine_event.h"
#include "common/metrics/metrics.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"

namespace swarmbell {

// Receives the engine's events, which make readings start earlier than the interval. Without events nothing
// is lost.
class EventListener {
 public:
  virtual ~EventListener() = default;
  // The service of this identifier changed, or one of its tasks on this node ended; empty if it is not known
  // which.
  virtual void OnServiceEvent(const std::string& service_id) = 0;
  virtual void OnNodeEvent() = 0;
  virtual void OnContainerEvent(const EngineEvent& event) = 0;
  // The stream is open again after it was lost: anything may have happened meanwhile.
  virtual void OnReconnected() = 0;
  // From now on, or no longer, the engine tells what changes.
  virtual void OnFollowing(bool following) = 0;
};

// Follows the engine's events on the thread that runs it, and connects again with back-off.
class EventFollower {
 public:
  EventFollower(EngineClient& engine, Clock& clock, Metrics& metrics, EventListener& listener)
      : engine_(engine), clock_(clock), metrics_(metrics), listener_(listener) {}

  // Returns after `stop`.
  void Run(std::stop_token stop);

 private:
  void OnLine(std::string_view line);
  void OnOpen();
  void OnEnd(const absl::Status& status);

  EngineClient& engine_;
  Clock& clock_;
  Metrics& metrics_;
  EventListener& listener_;
  Backoff backoff_{{.first = absl::Seconds(1), .most = absl::Minutes(1)}};
  bool opened_before_ = false;
  bool trouble_ = false;  // has been logged and is not over
  absl::Time opened_at_ = absl::InfiniteFuture();
};

}  // namespace swarmbell
