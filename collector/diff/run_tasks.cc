#include "collector/diff/run_tasks.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

bool HasCompleted(const UpdateStatus& status) {
  return status.state == v1::UPDATE_STATE_COMPLETED || status.state == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

// The engine replaces tasks for a change of the endpoint too, which is no part of their specs. An automatic
// rollback has the start of its update, so its tasks cannot be told apart by when they were made.
bool ReplacesEqualSpecs(const Service& service, const std::vector<v1::FieldChange>& fields) {
  return !IsAutomaticRollback(service) &&
         std::any_of(fields.begin(), fields.end(), [](const v1::FieldChange& field) {
           return absl::StartsWith(field.path(), "EndpointSpec");
         });
}

}  // namespace

RunTasks::RunTasks(const Service& service, const TaskList& tasks, const std::vector<v1::FieldChange>& fields)
    : service_(service),
      status_(*service.update_status),
      tasks_(tasks),
      only_new_fit_(ReplacesEqualSpecs(service, fields)) {}

// Times of managers, both.
bool RunTasks::IsMadeInRun(const Task& task) const { return task.created_at >= status_.started_at; }

// A run that has completed has left tasks alone that differ in their placement and stand where they may.
bool RunTasks::Fits(const Task& task) const {
  const TemplateFingerprint& present = service_.template_fingerprint;
  const TemplateFingerprint& of_task = task.spec_fingerprint;
  if (present.whole == 0 || (only_new_fit_ && !IsMadeInRun(task))) return false;
  return of_task.whole == present.whole || (HasCompleted(status_) && of_task.unplaced == present.unplaced);
}

std::uint32_t RunTasks::CountUpdated() const {
  return static_cast<std::uint32_t>(std::count_if(tasks_.begin(), tasks_.end(), [&](const Task* task) {
    return task->state == v1::TASK_STATE_RUNNING && task->desired_state == v1::TASK_STATE_RUNNING &&
           Fits(*task);
  }));
}

const Task* RunTasks::LastTroubleOf(bool that_fit) const {
  TaskList own;
  for (const Task* task : tasks_) {
    if (Fits(*task) == that_fit) own.push_back(task);
  }
  return swarmbell::LastTrouble(own, status_.started_at);
}

// A task that has ended well has run; one without a node has not moved. The update works on no more slots at
// once than it may: tasks in the place of others that failed are not its progress before they run.
std::vector<std::uint32_t> RunTasks::CountReached() const {
  std::map<std::pair<std::uint64_t, std::string_view>, int> furthest;
  for (const Task* task : tasks_) {
    const bool counts =
        (IsWanted(*task) && task->state <= v1::TASK_STATE_RUNNING) || task->state == v1::TASK_STATE_COMPLETE;
    if (!counts || !Fits(*task)) continue;
    // Tasks of a global service are told apart by their nodes.
    const std::string_view node =
        task->slot == 0 ? std::string_view(task->node_id.str()) : std::string_view();
    int& state = furthest[{task->slot, node}];
    state = std::max<int>(state, std::min(task->state, v1::TASK_STATE_RUNNING));
  }
  constexpr int kFirst = v1::TASK_STATE_ASSIGNED;
  std::vector<std::uint32_t> reached(v1::TASK_STATE_RUNNING - kFirst + 1);
  for (const auto& [slot, state] : furthest) {
    for (int i = kFirst; i <= state; ++i) ++reached[static_cast<std::size_t>(i - kFirst)];
  }
  const std::uint64_t at_once = ConfigOfRun(service_).parallelism;
  for (std::uint32_t& count : reached) {
    if (at_once != 0)
      count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, reached.back() + at_once));
  }
  return reached;
}

}  // namespace swarmbell
