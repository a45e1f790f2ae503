#include "collector/diff/update_runs.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/cronjob.h"
#include "collector/diff/origin.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"

namespace swarmbell {
namespace {

// An automatic rollback removes the previous spec, a manual one swaps the two; while it runs, the engine's
// message says so, too.
bool IsManualRollback(const Service& service) {
  if (service.update_status->message.find("manually requested") != std::string::npos) return true;
  return !service.previous_spec.empty();
}

std::vector<v1::UpdateState> StatesBefore(v1::UpdateState state, const Service& service) {
  switch (state) {
    case v1::UPDATE_STATE_PAUSED:
    case v1::UPDATE_STATE_COMPLETED:
      return {v1::UPDATE_STATE_UPDATING};
    case v1::UPDATE_STATE_ROLLBACK_STARTED:
      if (IsManualRollback(service)) return {};
      return {v1::UPDATE_STATE_UPDATING};
    case v1::UPDATE_STATE_ROLLBACK_PAUSED:
    case v1::UPDATE_STATE_ROLLBACK_COMPLETED:
      if (IsManualRollback(service)) return {v1::UPDATE_STATE_ROLLBACK_STARTED};
      return {v1::UPDATE_STATE_UPDATING, v1::UPDATE_STATE_ROLLBACK_STARTED};
    default:
      return {};
  }
}

// The states between two states of one run.
std::vector<v1::UpdateState> StatesBetween(v1::UpdateState from, v1::UpdateState to) {
  const bool rolled_back =
      to == v1::UPDATE_STATE_ROLLBACK_PAUSED || to == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
  if (rolled_back && !IsRollback(from)) return {v1::UPDATE_STATE_ROLLBACK_STARTED};
  return {};
}

v1::FieldChange Reversed(const v1::FieldChange& field) {
  v1::FieldChange reversed = field;
  reversed.clear_previous_value();
  reversed.clear_current_value();
  if (field.has_current_value()) reversed.set_previous_value(field.current_value());
  if (field.has_previous_value()) reversed.set_current_value(field.previous_value());
  if (field.kind() == v1::FIELD_CHANGE_KIND_ADDED) reversed.set_kind(v1::FIELD_CHANGE_KIND_REMOVED);
  if (field.kind() == v1::FIELD_CHANGE_KIND_REMOVED) reversed.set_kind(v1::FIELD_CHANGE_KIND_ADDED);
  return reversed;
}

bool HasCompleted(const UpdateStatus& status) {
  return status.state == v1::UPDATE_STATE_COMPLETED || status.state == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

// The engine replaces tasks for a change of the endpoint too, which is no part of their specs. An automatic
// rollback has the start of its update, so its tasks cannot be distinguished by their creation time.
bool ReplacesEqualSpecs(const Service& service, const std::vector<v1::FieldChange>& fields) {
  return !IsAutomaticRollback(service) &&
         std::any_of(fields.begin(), fields.end(), [](const v1::FieldChange& field) {
           return absl::StartsWith(field.path(), "EndpointSpec");
         });
}

using Reached = std::vector<std::uint32_t>;

// Raises each count of `most` to that of `now`; true if one has grown.
bool Advance(const Reached& now, Reached& most) {
  most.resize(std::max(most.size(), now.size()));
  bool grown = false;
  for (std::size_t i = 0; i < now.size(); ++i) {
    grown |= now[i] > most[i];
    most[i] = std::max(most[i], now[i]);
  }
  return grown;
}

// True if the swarm wants the task to run and it does not run yet.
bool IsWaiting(const Task& task) {
  return IsWanted(task) && task.state != v1::TASK_STATE_UNSPECIFIED && task.state < v1::TASK_STATE_RUNNING;
}

std::vector<v1::TaskStateCount> CountWaiting(const TaskList& tasks) {
  std::map<v1::TaskState, std::uint32_t> states;
  for (const Task* task : tasks) {
    if (IsWaiting(*task)) ++states[task->state];
  }
  return StateCounts(states);
}

// The oldest task that waits with a reason of the scheduler, else the last of the run that failed, else the
// oldest that waits.
const Task* WaitingTask(const TaskList& tasks, const RunTasks& run) {
  const auto oldest = [&](auto counts) {
    const Task* found = nullptr;
    for (const Task* task : tasks) {
      if (counts(*task) && (found == nullptr || IsNewer(*found, task))) found = task;
    }
    return found;
  };
  if (const Task* task = oldest(IsUnschedulable)) return task;
  if (const Task* task = run.LastTrouble()) return task;
  return oldest(IsWaiting);
}

// Emits that the run of one service stalls, or makes progress again.
class ProgressComparison {
 public:
  ProgressComparison(Comparison& comparison, const Service& service, KnownRun& run)
      : comparison_(comparison),
        service_(service),
        run_(run),
        tasks_(comparison.tasks_by_service.Of(service.id)) {}

  void Run() {
    if (!RunsUpdate(service_)) return Finish();
    const RunTasks tasks(service_, tasks_, run_.fields);
    if (!run_.progress) run_.progress = RunProgress{.since = comparison_.fresh.read_time, .reached = {}};
    RunProgress& progress = *run_.progress;
    progress.since = std::min(progress.since, comparison_.fresh.read_time);  // the clock may be set back
    const RunProgress before = progress;
    if (Advance(tasks.CountReached(), progress.reached)) {
      progress.since = comparison_.fresh.read_time;
      progress.stalled = false;
      if (before.stalled) EmitResumed(before, run_.state, tasks.CountUpdated());
    } else if (!progress.stalled && HasLasted(progress)) {
      progress.stalled = true;
      ++progress.stalls;
      EmitStalled(progress, tasks);
    }
  }

 private:
  // A user has changed the service, and the engine has nothing to replace for that. It also reports no update
  // for a moment before each run, so the service must have been like this in the reading before.
  void Finish() {
    const Service* before = Find(comparison_.before.services, service_.id);
    if (before != &service_) return;
    const bool stalled = run_.progress && run_.progress->stalled;
    if (stalled || IsLeftFailed(run_, service_)) {
      EmitResumed(run_.progress.value_or(RunProgress()), v1::UPDATE_STATE_UNSPECIFIED,
                  CountSlots(service_, tasks_, comparison_.known).running);
      run_.failed = false;
    }
    run_.progress.reset();
  }

  // The engine monitors each task for a while, and while no task waits, the engine itself waits.
  bool HasLasted(const RunProgress& progress) const {
    const absl::Duration lasted = comparison_.fresh.read_time - progress.since;
    if (lasted < comparison_.context.update_stalled_after) return false;
    const RunConfig config = ConfigOfRun(service_);
    const bool waits =
        std::any_of(tasks_.begin(), tasks_.end(), [](const Task* task) { return IsWaiting(*task); });
    const absl::Duration rest = config.monitor + (waits ? absl::ZeroDuration() : config.delay);
    return lasted - rest >= comparison_.context.update_stalled_after;
  }

  // Each stall has a number within the run. The progress of the run is not part of the identity: the progress
  // that a collector has seen depends on when it looked.
  EventHead Head(const RunProgress& stall) const {
    return ServiceStateHead(service_, absl::StrCat(TimeKey(run_.started_at), " ",
                                                   v1::UpdateState_Name(run_.state), " ", stall.stalls));
  }

  void EmitStalled(const RunProgress& progress, const RunTasks& tasks) {
    const SlotCount count = CountSlots(service_, tasks_, comparison_.known);
    const auto waiting = CountWaiting(tasks_);
    const auto fields = FieldsOf(run_, service_, run_.state);
    v1::ChangeEvent event;
    auto& stalled = *event.mutable_service_update_stalled();
    stalled.set_state(run_.state);
    if (run_.started_at) *stalled.mutable_start_time() = ToProto(*run_.started_at);
    *stalled.mutable_last_progress_time() = ToProto(progress.since);
    stalled.set_updated_tasks(tasks.CountUpdated());
    stalled.set_wanted_tasks(count.wanted);
    stalled.set_running_tasks(count.running);
    stalled.mutable_waiting()->Assign(waiting.begin(), waiting.end());
    if (const Task* task = WaitingTask(tasks_, tasks)) {
      *stalled.mutable_waiting_task() = SummarizeTask(*task, comparison_.known);
    }
    stalled.mutable_fields()->Assign(fields.begin(), fields.end());
    EventHead head = Head(progress);
    head.origin = run_.origin;
    head.can_roll_back = CanRollBack(service_);
    EmitEvent(comparison_, head, std::move(event));
  }

  void EmitResumed(const RunProgress& stall, v1::UpdateState state, std::uint32_t updated) {
    v1::ChangeEvent event;
    auto& resumed = *event.mutable_service_update_resumed();
    resumed.set_state(state);
    if (run_.started_at) *resumed.mutable_start_time() = ToProto(*run_.started_at);
    if (stall.stalled) *resumed.mutable_stall_time() = ToProto(stall.since);
    resumed.set_updated_tasks(updated);
    resumed.set_wanted_tasks(CountSlots(service_, tasks_, comparison_.known).wanted);
    EmitEvent(comparison_, Head(stall), std::move(event));
  }

  Comparison& comparison_;
  const Service& service_;
  KnownRun& run_;
  const TaskList& tasks_;
};

}  // namespace

bool IsRollback(v1::UpdateState state) {
  return state == v1::UPDATE_STATE_ROLLBACK_STARTED || state == v1::UPDATE_STATE_ROLLBACK_PAUSED ||
         state == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

bool IsAutomaticRollback(const Service& service) {
  return service.update_status && IsRollback(service.update_status->state) && !IsManualRollback(service);
}

bool IsLeftFailed(const KnownRun& run, const Service& service) {
  return run.failed && !service.update_status;
}

bool RunsUpdate(const Service& service) {
  if (!service.update_status) return false;
  return service.update_status->state == v1::UPDATE_STATE_UPDATING ||
         service.update_status->state == v1::UPDATE_STATE_ROLLBACK_STARTED;
}

bool IsNewRun(const std::optional<KnownRun>& run, const UpdateStatus& status) {
  return !run || run->started_at != status.started_at;
}

std::vector<RunStep> RunSteps(const std::optional<KnownRun>& run, const Service& service) {
  if (!service.update_status || service.update_status->state == v1::UPDATE_STATE_UNSPECIFIED) return {};
  const v1::UpdateState now = service.update_status->state;
  const bool new_run = IsNewRun(run, *service.update_status);
  if (!new_run && run->state == now) return {};
  v1::UpdateState previous = new_run ? v1::UPDATE_STATE_UNSPECIFIED : run->state;
  std::vector<RunStep> steps;
  for (const v1::UpdateState state : new_run ? StatesBefore(now, service) : StatesBetween(previous, now)) {
    steps.push_back({previous, state, true});
    previous = state;
  }
  steps.push_back({previous, now, false});
  return steps;
}

std::vector<v1::FieldChange> FieldsOf(const KnownRun& run, const Service& service, v1::UpdateState state) {
  if (!IsRollback(state) || !IsAutomaticRollback(service)) return run.fields;
  std::vector<v1::FieldChange> fields;
  fields.reserve(run.fields.size());
  for (const v1::FieldChange& field : run.fields) fields.push_back(Reversed(field));
  return fields;
}

const RunConfig& ConfigOfRun(const Service& service) {
  const bool rollback = service.update_status && IsRollback(service.update_status->state);
  return rollback ? service.rollback_config : service.update_config;
}

bool UpdateExplains(const Known& known, const Service& service, std::uint32_t missing) {
  if (!RunsUpdate(service)) return false;
  const auto note = known.service_notes.find(service.id);
  const bool has_run = note != known.service_notes.end() && note->second.run;
  static const auto* const unknown = new std::vector<v1::FieldChange>();
  if (IsCronjobRun(service, has_run ? note->second.run->fields : *unknown)) return false;
  const bool stalled = has_run && note->second.run->progress && note->second.run->progress->stalled;
  if (stalled) return true;
  const std::uint64_t at_once = ConfigOfRun(service).parallelism;
  return at_once == 0 || missing <= at_once;
}

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
    // Tasks of a global service differ by their nodes.
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

void CompareProgress(Comparison& comparison) {
  Known& known = comparison.known;
  if (!known.services) return;
  for (auto& [id, note] : known.service_notes) {
    const bool due = known.due.all || known.due.ids.contains(id);
    const Service* service = due && note.run ? FindService(known, id) : nullptr;
    if (service == nullptr) continue;
    if (!RunsUpdate(*service) && !note.run->progress && !IsLeftFailed(*note.run, *service)) continue;
    if (IsCronjobRun(*service, note.run->fields)) continue;  // a run of a cronjob, and no update
    ProgressComparison(comparison, *service, *note.run).Run();
  }
}

}  // namespace swarmbell
