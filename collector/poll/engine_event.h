#pragma once

#include <string>
#include <string_view>

namespace swarmbell {

// The list that an event of the engine is a reason to read.
enum class EventReason { kNone, kService, kNodes, kContainers };

enum class ContainerTurn { kOther, kStarted, kStopped };

struct EngineEvent {
  EventReason reason = EventReason::kNone;
  std::string service_id = {};    // for kService; empty if the event does not say
  std::string container_id = {};  // for kContainers
  ContainerTurn turn = ContainerTurn::kOther;
};

// Understands one line of `/events`: services and nodes are read when any of them changes, and when a swarm
// task's container ends; plain containers when one of them starts, ends, goes or is stopped by somebody.
// Health checks, exec and whatever is not known are no reason, nor is a line that is not JSON. A container
// that only carries a task's labels is a plain one: a task's is named after the task.
EngineEvent ReadEvent(std::string_view event_line);

}  // namespace swarmbell
