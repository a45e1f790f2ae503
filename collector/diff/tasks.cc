// Tasks that fail, or that have to leave their node.

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "collector/diff/comparison.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/objects.h"

namespace swarmbell {
namespace {

bool IsDown(const Node* node) { return node != nullptr && node->state == v1::NODE_STATE_DOWN; }

bool WasStopped(const Comparison& comparison, const Task& task) {
  const Task* before = Find(comparison.before.tasks, task.id);
  return before != nullptr && !IsWanted(*before);
}

// Why a task that failed, was rejected or is orphaned had to leave its node without a fault of its own;
// unspecified if it did not have to.
//
// The managers stop the tasks of a node that is down. When the node is back, it reports how they ended: most
// with the code 255, which no program returned. A task that failed before it was stopped has failed.
v1::EvictionReason WhyEvicted(const Comparison& comparison, const Task& task) {
  if (LostConstraints(task)) return v1::EVICTION_REASON_CONSTRAINTS;
  if (task.state == v1::TASK_STATE_ORPHANED) return v1::EVICTION_REASON_NODE_GONE;
  const Node* node = Find(comparison.known.nodes, task.node_id);
  if (node != nullptr && node->availability == v1::NODE_AVAILABILITY_DRAIN) {
    return v1::EVICTION_REASON_DRAINED;
  }
  const bool was_away = IsDown(node) || IsDown(Find(comparison.before.nodes, task.node_id));
  const bool gone = was_away && WasStopped(comparison, task);
  return gone ? v1::EVICTION_REASON_NODE_GONE : v1::EVICTION_REASON_UNSPECIFIED;
}

// True if the task ended although the swarm wanted it to run.
bool HasFallen(const Task& task) {
  return HasFailed(task) || LostConstraints(task) || task.state == v1::TASK_STATE_ORPHANED;
}

// The engine sets the desired state of a failed task to shutdown, so only an earlier reading shows whether
// the task was stopped.
bool WasStopping(const Task* before) {
  return before != nullptr && !HasFallen(*before) &&
         (before->desired_state == v1::TASK_STATE_SHUTDOWN || before->desired_state == v1::TASK_STATE_REMOVE);
}

EventHead TaskHead(const Comparison& comparison, const Task& task, const Service& service) {
  const Task* before = Find(comparison.before.tasks, task.id);
  EventHead head;
  head.resource = TaskResource(task, &service);
  head.previous_version = before == nullptr ? 0 : before->version;
  head.current_version = task.version;
  head.occur_time = task.state_time;
  return head;
}

void EmitFailed(Comparison& comparison, const Task& task, const Service& service) {
  if (RunsOnce(service)) return;  // CompareJobs() reports failed runs instead
  const Task* before = Find(comparison.before.tasks, task.id);
  EventHead head = TaskHead(comparison, task, service);
  head.discriminator = v1::TaskState_Name(task.state);
  // A task of an earlier template runs another revision.
  const bool present = task.spec_fingerprint.unplaced == service.template_fingerprint.unplaced;
  if (present) SetRunning(comparison, service, head);
  v1::ChangeEvent event;
  auto& failed = *event.mutable_task_failed();
  if (before != nullptr) failed.set_previous_state(before->state);
  failed.set_current_state(task.state);
  *failed.mutable_task() = SummarizeTask(task, comparison.known);
  failed.set_stopping(WasStopping(before));
  EmitEvent(comparison, head, std::move(event));
}

void EmitEvicted(Comparison& comparison, const Task& task, const Service& service,
                 v1::EvictionReason reason) {
  v1::ChangeEvent event;
  auto& evicted = *event.mutable_task_evicted();
  *evicted.mutable_task() = SummarizeTask(task, comparison.known);
  evicted.set_reason(reason);
  EmitEvent(comparison, TaskHead(comparison, task, service), std::move(event));
}

// The change of a node that is drained or gone already implies that its tasks leave.
void EmitEnd(Comparison& comparison, const Task& task, const Service& service) {
  const v1::EvictionReason reason = WhyEvicted(comparison, task);
  if (reason == v1::EVICTION_REASON_UNSPECIFIED) return EmitFailed(comparison, task, service);
  if (reason == v1::EVICTION_REASON_CONSTRAINTS) EmitEvicted(comparison, task, service, reason);
}

bool IsHandled(const Known& known, const Task& task) {
  const auto found = known.failed_tasks.find(task.id);
  return found != known.failed_tasks.end() && found->second == task.state;
}

// The order in which the managers received it: the clocks of the nodes may differ.
bool FellEarlier(const Task* a, const Task* b) {
  return std::tie(a->version, a->id) < std::tie(b->version, b->id);
}

// Replaces the handled tasks of due services; those of other services are unchanged.
void KeepHandled(Comparison& comparison, std::map<std::string, v1::TaskState> handled) {
  std::map<std::string, v1::TaskState>& known = comparison.known.failed_tasks;
  if (comparison.known.due.all) {
    known = std::move(handled);
    return;
  }
  if (!known.empty()) {
    ForEachDifference(*comparison.before.tasks, *comparison.fresh.tasks, [&](const Task* old, const Task*) {
      if (old != nullptr) known.erase(old->id);
    });
  }
  known.merge(handled);
}

}  // namespace

void CompareTasks(Comparison& comparison) {
  Known& known = comparison.known;
  const bool baseline = !comparison.before.tasks;
  std::map<std::string, v1::TaskState> handled;
  TaskList fallen;
  ForEachDueTask(comparison, [&](const Task& task) {
    if (!HasFallen(task)) return;
    if (baseline || IsHandled(known, task)) {
      handled[task.id] = task.state;
    } else if (FindService(known, task.service_id) != nullptr) {
      // Tasks of unknown services wait, because the service may be in the next reading. Those of removed
      // services may stay in the list for ever.
      handled[task.id] = task.state;
      fallen.push_back(&task);
    }
  });
  KeepHandled(comparison, std::move(handled));
  std::sort(fallen.begin(), fallen.end(), FellEarlier);
  comparison.fallen.insert(fallen.begin(), fallen.end());
  for (const Task* task : fallen) EmitEnd(comparison, *task, *FindService(known, task->service_id));
}

}  // namespace swarmbell
