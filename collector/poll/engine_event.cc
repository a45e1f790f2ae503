#include "collector/poll/engine_event.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace swarmbell {
namespace {

// Docker's own words, https://docs.docker.com/reference/api/engine (`GET /events`).
constexpr std::array<std::string_view, 10> kContainerTurns = {
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

// `docker kill` ends a container for good with these; others are words to the program.
bool Ends(const std::string& signal) { return signal == "9" || signal == "15"; }

EngineEvent ReadContainerEvent(const nlohmann::json& event) {
  const std::string action = Text(event, "Action");
  const nlohmann::json& attributes = Object(Object(event, "Actor"), "Attributes");
  if (IsOfTask(attributes)) {
    if (std::ranges::count(kTaskEnds, action) == 0) return {};
    return {.reason = EventReason::kService, .service_id = Text(attributes, kServiceOfTask)};
  }
  const bool killed = action == "kill" && Ends(Text(attributes, "signal"));
  if (!killed && std::ranges::count(kContainerTurns, action) == 0) return {};
  const bool stopped = killed || action == "stop";
  return {.reason = EventReason::kContainers,
          .container_id = Text(Object(event, "Actor"), "ID"),
          .turn = stopped             ? ContainerTurn::kStopped
                  : action == "start" ? ContainerTurn::kStarted
                                      : ContainerTurn::kOther};
}

}  // namespace

EngineEvent ReadEvent(std::string_view event_line) {
  const nlohmann::json event = nlohmann::json::parse(event_line, nullptr, false);
  if (!event.is_object()) return {};
  const std::string type = Text(event, "Type");
  if (type == "service") {
    return {.reason = EventReason::kService, .service_id = Text(Object(event, "Actor"), "ID")};
  }
  if (type == "node") return {.reason = EventReason::kNodes};
  return type == "container" ? ReadContainerEvent(event) : EngineEvent();
}

}  // namespace swarmbell
