#include "collector/docker/engine_events.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/process/logging.h"

namespace swarmbell {
namespace {

// Docker's names of events, https://docs.docker.com/reference/api/engine (`GET /events`).
constexpr std::array<std::string_view, 10> kContainerActions = {
    "create", "start", "restart", "die", "oom", "pause", "unpause", "destroy", "rename", "stop"};
constexpr char kServiceOfTask[] = "com.docker.swarm.service.id";
constexpr std::array<std::string_view, 2> kTaskEnds = {"die", "oom"};

std::string Text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const nlohmann::json& Object(const nlohmann::json& object, const char* name) {
  static const auto* const none = new nlohmann::json(nlohmann::json::object());
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : *none;
}

// `web.1.ID` and `web.NODE.ID` are the names of containers that a swarm makes.
bool IsOfTask(const nlohmann::json& attributes) {
  if (!attributes.contains(kServiceOfTask)) return false;
  const std::string task = Text(attributes, "com.docker.swarm.task.id");
  return task.empty() || Text(attributes, "name").ends_with("." + task);
}

// `docker kill` ends a container with these; the program may ignore or handle other signals.
bool Ends(const std::string& signal) { return signal == "9" || signal == "15"; }

EngineEvent ReadContainerEvent(const nlohmann::json& event) {
  const std::string action = Text(event, "Action");
  const nlohmann::json& attributes = Object(Object(event, "Actor"), "Attributes");
  if (IsOfTask(attributes)) {
    if (std::ranges::count(kTaskEnds, action) == 0) return {};
    return {.subject = EventSubject::kService, .service_id = Text(attributes, kServiceOfTask)};
  }
  const bool killed = action == "kill" && Ends(Text(attributes, "signal"));
  // `health_status: unhealthy`; an engine reports it only when it differs from the one before.
  const bool other = !killed && !action.starts_with("health_status");
  if (other && std::ranges::count(kContainerActions, action) == 0) return {};
  const bool stopped = killed || action == "stop";
  return {.subject = EventSubject::kContainers,
          .container_id = Text(Object(event, "Actor"), "ID"),
          .action = stopped             ? ContainerAction::kStopped
                    : action == "start" ? ContainerAction::kStarted
                                        : ContainerAction::kOther};
}

// A stream that lasted this long worked: the next connection need not wait long.
constexpr absl::Duration kGoodStream = absl::Seconds(30);

}  // namespace

void LineSplitter::Add(std::string_view piece, absl::FunctionRef<void(std::string_view)> on_line) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    if (part.size() > longest_line_ - incomplete_.size()) {
      too_long_ = true;
      incomplete_.clear();
    }
    if (!too_long_) incomplete_ += part;
    if (end == piece.npos) return;
    if (incomplete_.ends_with('\r')) incomplete_.pop_back();
    if (!too_long_ && !incomplete_.empty()) on_line(incomplete_);
    incomplete_.clear();
    too_long_ = false;
    piece.remove_prefix(end + 1);
  }
}

EngineEvent ReadEvent(std::string_view event_line) {
  const nlohmann::json event = nlohmann::json::parse(event_line, nullptr, false);
  if (!event.is_object()) return {};
  const std::string type = Text(event, "Type");
  if (type == "service") {
    return {.subject = EventSubject::kService, .service_id = Text(Object(event, "Actor"), "ID")};
  }
  if (type == "node") return {.subject = EventSubject::kNodes};
  if (type == "secret") return {.subject = EventSubject::kSecrets};
  if (type == "config") return {.subject = EventSubject::kConfigs};
  if (type == "network" && Text(event, "scope") == "swarm") return {.subject = EventSubject::kNetworks};
  return type == "container" ? ReadContainerEvent(event) : EngineEvent();
}

void EventFollower::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    opened_at_ = absl::InfiniteFuture();
    const absl::Status status = engine_.FollowEvents([this](std::string_view line) { OnLine(line); }, stop);
    if (stop.stop_requested()) return;
    listener_.OnLost();
    OnEnd(status);
    clock_.Sleep(backoff_.Next(), stop);
  }
}

void EventFollower::OnLine(std::string_view line) {
  if (line.empty()) return OnOpen();
  listener_.OnEvent(ReadEvent(line));
}

void EventFollower::OnOpen() {
  opened_at_ = clock_.Now();
  if (std::exchange(failure_logged_, false)) spdlog::info("Following the engine's events again.");
  listener_.OnOpen(std::exchange(opened_before_, true));
}

void EventFollower::OnEnd(const absl::Status& status) {
  if (clock_.Now() - opened_at_ >= kGoodStream) backoff_.Reset();
  if (std::exchange(failure_logged_, true)) return;
  spdlog::warn(
      "Cannot follow the engine's events; changes are found by polling only, with more delay. error={}",
      LogValue(std::string(status.message())));
}

}  // namespace swarmbell
