#pragma once

#include <string>
#include <string_view>

namespace swarmbell {

// What an event of the engine is a reason to read.
enum class EventReason { kNone, kService, kNodes, kContainers };

struct EngineEvent {
  EventReason reason = EventReason::kNone;
  std::string service_id;  // for kService; empty if the event does not say
};

// Understands one line of `/events`: services and nodes are read when any of them changes, and when a swarm
// task's container ends; plain containers when one of them starts, ends or goes. Health checks, exec and
// whatever is not known are no reason, nor is a line that is not JSON.
EngineEvent ReadEvent(std::string_view event_line);

}  // namespace swarmbell
