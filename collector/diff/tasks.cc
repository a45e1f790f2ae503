// Tasks that fail, or have to leave their node.

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/evictions.h"
#include "collector/diff/one_shots.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/differences.h"

namespace swarmbell {
namespace {

const Task* PreviousTask(const Comparison& comparison, const std::string& id) {
  if (!comparison.before.tasks) return nullptr;
  const auto found = comparison.before.tasks->find(id);
  return found == comparison.before.tasks->end() ? nullptr : found->second.get();
}

// True if the task ended although the swarm wanted it to run.
bool HasFallen(const Task& task) {
  return HasFailed(task) || LostConstraints(task) || task.state == v1::TASK_STATE_ORPHANED;
}

// The engine itself sets a failed task's wanted state to shutdown, so only an earlier reading tells whether
// it had been told to stop.
bool WasStopping(const Task* before) {
  return before != nullptr && !HasFallen(*before) &&
         (before->desired_state == v1::TASK_STATE_SHUTDOWN || before->desired_state == v1::TASK_STATE_REMOVE);
}

void TellFailed(Comparison& comparison, const Task& task, const Service& service) {
  if (RunsOnce(service)) return;  // tells of failed runs instead, see CompareJobs()
  const Task* before = PreviousTask(comparison, task.id);
  EventHead head;
  head.resource = TaskResource(task, &service);
  head.previous_version = before == nullptr ? 0 : before->version;
  head.current_version = task.version;
  head.occur_time = task.state_time;
  head.discriminator = v1::TaskState_Name(task.state);
  v1::ChangeEvent event;
  auto& failed = *event.mutable_task_failed();
  if (before != nullptr) failed.set_previous_state(before->state);
  failed.set_current_state(task.state);
  *failed.mutable_task() = SummarizeTask(task, comparison.known);
  failed.set_stopping(WasStopping(before));
  Tell(comparison, head, std::move(event));
}

void TellEvicted(Comparison& comparison, const Task& task, const Service& service,
                 v1::EvictionReason reason) {
  const Task* before = PreviousTask(comparison, task.id);
  EventHead head;
  head.resource = TaskResource(task, &service);
  head.previous_version = before == nullptr ? 0 : before->version;
  head.current_version = task.version;
  head.occur_time = task.state_time;
  v1::ChangeEvent event;
  auto& evicted = *event.mutable_task_evicted();
  *evicted.mutable_task() = SummarizeTask(task, comparison.known);
  evicted.set_reason(reason);
  Tell(comparison, head, std::move(event));
}

// The change of a node that is drained or gone says by itself that its tasks leave.
void TellEnd(Comparison& comparison, const Task& task, const Service& service) {
  const v1::EvictionReason reason = WhyEvicted(comparison, task);
  if (reason == v1::EVICTION_REASON_UNSPECIFIED) return TellFailed(comparison, task, service);
  if (reason == v1::EVICTION_REASON_CONSTRAINTS) TellEvicted(comparison, task, service, reason);
}

bool IsDealtWith(const Known& known, const Task& task) {
  const auto found = known.failed_tasks.find(task.id);
  return found != known.failed_tasks.end() && found->second == task.state;
}

// The order in which the managers heard of it: their nodes' clocks may differ.
bool FellEarlier(const Task* a, const Task* b) {
  return std::tie(a->version, a->id) < std::tie(b->version, b->id);
}

// Replaces the handled tasks of due services; those of other services are unchanged.
void KeepDealtWith(Comparison& comparison, std::map<std::string, v1::TaskState> dealt_with) {
  std::map<std::string, v1::TaskState>& known = comparison.known.failed_tasks;
  if (comparison.known.due.all) {
    known = std::move(dealt_with);
    return;
  }
  if (!known.empty()) {
    ForEachDifference(*comparison.before.tasks, *comparison.fresh.tasks, [&](const Task* old, const Task*) {
      if (old != nullptr) known.erase(old->id);
    });
  }
  known.merge(dealt_with);
}

}  // namespace

void CompareTasks(Comparison& comparison) {
  Known& known = comparison.known;
  const bool baseline = !comparison.before.tasks;
  std::map<std::string, v1::TaskState> dealt_with;
  TaskList fallen;
  ForEachDueTask(comparison, [&](const Task& task) {
    if (!HasFallen(task)) return;
    if (baseline || IsDealtWith(known, task)) {
      dealt_with[task.id] = task.state;
    } else if (FindService(known, task.service_id) != nullptr) {
      // Tasks of unknown services wait: the service may show in the next reading; those of removed services
      // may stay in the list for ever.
      dealt_with[task.id] = task.state;
      fallen.push_back(&task);
    }
  });
  KeepDealtWith(comparison, std::move(dealt_with));
  std::sort(fallen.begin(), fallen.end(), FellEarlier);
  comparison.fallen.insert(fallen.begin(), fallen.end());
  for (const Task* task : fallen) TellEnd(comparison, *task, *FindService(known, task->service_id));
}

}  // namespace swarmbell
