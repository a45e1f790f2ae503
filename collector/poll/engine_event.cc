#include "collector/poll/engine_event.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace swarmbell {
namespace {

// Docker's own words, https://docs.docker.com/reference/api/engine (`GET /events`).
constexpr std::array<std::string_view, 9> kContainerTurns = {"create", "start",   "restart", "die",   "oom",
                                                             "pause",  "unpause", "destroy", "rename"};
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

EngineEvent ReadContainerEvent(const nlohmann::json& event) {
  const std::string action = Text(event, "Action");
  const nlohmann::json& attributes = Object(Object(event, "Actor"), "Attributes");
  if (attributes.contains(kServiceOfTask)) {
    if (std::ranges::count(kTaskEnds, action) == 0) return {};
    return {EventReason::kService, Text(attributes, kServiceOfTask)};
  }
  return {std::ranges::count(kContainerTurns, action) > 0 ? EventReason::kContainers : EventReason::kNone,
          ""};
}

}  // namespace

EngineEvent ReadEvent(std::string_view event_line) {
  const nlohmann::json event = nlohmann::json::parse(event_line, nullptr, false);
  if (!event.is_object()) return {};
  const std::string type = Text(event, "Type");
  if (type == "service") return {EventReason::kService, Text(Object(event, "Actor"), "ID")};
  if (type == "node") return {EventReason::kNodes, ""};
  return type == "container" ? ReadContainerEvent(event) : EngineEvent();
}

}  // namespace swarmbell
