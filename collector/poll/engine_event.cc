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
constexpr std::array<std::string_view, 2> kTaskEnds = {"die", "oom"};

std::string Text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool BelongsToService(const nlohmann::json& event) {
  const auto actor = event.find("Actor");
  if (actor == event.end() || !actor->is_object()) return false;
  const auto attributes = actor->find("Attributes");
  return attributes != actor->end() && attributes->is_object() &&
         attributes->contains("com.docker.swarm.service.id");
}

}  // namespace

EventReason WhyRead(std::string_view event_line) {
  const nlohmann::json event = nlohmann::json::parse(event_line, nullptr, false);
  if (!event.is_object()) return EventReason::kNone;
  const std::string type = Text(event, "Type");
  if (type == "service" || type == "node") return EventReason::kSwarm;
  if (type != "container") return EventReason::kNone;
  const std::string action = Text(event, "Action");
  if (BelongsToService(event)) {
    return std::ranges::count(kTaskEnds, action) > 0 ? EventReason::kSwarm : EventReason::kNone;
  }
  return std::ranges::count(kContainerTurns, action) > 0 ? EventReason::kContainers : EventReason::kNone;
}

}  // namespace swarmbell
