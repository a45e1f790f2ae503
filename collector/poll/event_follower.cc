#include "collector/poll/event_follower.h"

#include <spdlog/spdlog.h>

#include <string>

#include "collector/poll/poll_metrics.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

// A stream that lasted this long was a good one: the next connection need not wait long.
constexpr absl::Duration kGoodStream = absl::Seconds(30);

}  // namespace

void EventFollower::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    opened_at_ = absl::InfiniteFuture();
    const absl::Status status = engine_.FollowEvents([this](std::string_view line) { OnLine(line); }, stop);
    if (stop.stop_requested()) return;
    listener_.OnFollowing(false);
    OnEnd(status);
    clock_.Sleep(backoff_.Next(), stop);
  }
}

void EventFollower::OnLine(std::string_view line) {
  if (line.empty()) return OnOpen();
  metrics_.Add(kEngineEvents);
  const EngineEvent event = ReadEvent(line);
  switch (event.reason) {
    case EventReason::kService:
      return listener_.OnServiceEvent(event.service_id);
    case EventReason::kNodes:
      return listener_.OnNodeEvent();
    case EventReason::kContainers:
      return listener_.OnContainerEvent(event);
    case EventReason::kNone:
      return;
  }
}

void EventFollower::OnOpen() {
  opened_at_ = clock_.Now();
  if (trouble_) spdlog::info("The engine's events are followed again.");
  trouble_ = false;
  listener_.OnFollowing(true);
  if (opened_before_) listener_.OnReconnected();
  opened_before_ = true;
}

void EventFollower::OnEnd(const absl::Status& status) {
  if (clock_.Now() - opened_at_ >= kGoodStream) backoff_.Reset();
  if (trouble_) return;
  trouble_ = true;
  spdlog::warn(
      "The engine's events cannot be followed; changes are found by reading alone, and later. error={}",
      LogValue(std::string(status.message())));
}

}  // namespace swarmbell
