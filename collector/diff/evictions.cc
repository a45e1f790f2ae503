#include "collector/diff/evictions.h"

#include "collector/diff/summaries.h"

namespace swarmbell {
namespace {

const Node* FindNode(const std::optional<Objects<Node>>& nodes, const std::string& id) {
  if (!nodes) return nullptr;
  const auto found = nodes->find(id);
  return found == nodes->end() ? nullptr : found->second.get();
}

bool IsDown(const Node* node) { return node != nullptr && node->state == v1::NODE_STATE_DOWN; }

bool WasToldToStop(const Comparison& comparison, const Task& task) {
  if (!comparison.before.tasks) return false;
  const auto before = comparison.before.tasks->find(task.id);
  return before != comparison.before.tasks->end() && !IsWanted(*before->second);
}

}  // namespace

// Older engines say it in the message, newer ones in the error.
bool LostConstraints(const Task& task) {
  static constexpr char kLost[] = "assigned node no longer meets constraints";
  return task.state == v1::TASK_STATE_REJECTED && (task.error == kLost || task.message == kLost);
}

// The managers tell the tasks of a node that is down to stop. It says how they ended when it is back: most
// with 255, which no program did. A task that failed before it was told to stop has failed.
v1::EvictionReason WhyEvicted(const Comparison& comparison, const Task& task) {
  if (LostConstraints(task)) return v1::EVICTION_REASON_CONSTRAINTS;
  if (task.state == v1::TASK_STATE_ORPHANED) return v1::EVICTION_REASON_NODE_GONE;
  const Node* node = FindNode(comparison.known.nodes, task.node_id);
  if (node != nullptr && node->availability == v1::NODE_AVAILABILITY_DRAIN) {
    return v1::EVICTION_REASON_DRAINED;
  }
  const bool was_away = IsDown(node) || IsDown(FindNode(comparison.before.nodes, task.node_id));
  const bool gone = was_away && WasToldToStop(comparison, task);
  return gone ? v1::EVICTION_REASON_NODE_GONE : v1::EVICTION_REASON_UNSPECIFIED;
}

}  // namespace swarmbell
