// How the update or rollback of a service moves on.

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/diff/field_diff.h"
#include "collector/diff/one_shots.h"
#include "collector/diff/service_changes.h"
#include "collector/diff/slots.h"
#include "collector/diff/spec_shape.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using Fields = std::vector<v1::FieldChange>;

// What the present run is about, from the spec that the engine keeps as the previous one. Right only while
// the service has an update status: any accepted update that does not replace tasks removes that.
Fields FieldsOfPreviousSpec(const Service& service, const Known& known) {
  if (service.previous_spec.empty()) return {};
  const Json before = ParseSpec(service.previous_spec.Apply(service.spec));
  const Json now = ParseSpec(service.spec);
  const auto part = [](const Json& spec, const char* name) {
    const auto found = spec.find(name);
    return found == spec.end() ? Json() : *found;
  };
  Fields fields = DiffFields(part(before, "TaskTemplate"), part(now, "TaskTemplate"), "TaskTemplate",
                             known.network_names);
  const Fields endpoint = DiffFields(part(before, "EndpointSpec"), part(now, "EndpointSpec"), "EndpointSpec",
                                     known.network_names);
  fields.insert(fields.end(), endpoint.begin(), endpoint.end());
  return fields;
}

// The task that the engine names in `update paused due to failure or early termination of task ID`.
const Task* NamedTask(const std::string& message, const Known& known) {
  if (!known.tasks) return nullptr;
  for (const absl::string_view word : absl::StrSplit(message, ' ')) {
    const auto found = known.tasks->find(std::string(word));
    if (found != known.tasks->end()) return found->second.get();
  }
  return nullptr;
}

bool StopsForFailure(v1::UpdateState state) {
  return state == v1::UPDATE_STATE_PAUSED || state == v1::UPDATE_STATE_ROLLBACK_STARTED ||
         state == v1::UPDATE_STATE_ROLLBACK_PAUSED;
}

const Task* FailedTask(const Service& service, const TaskList& tasks, const Known& known) {
  const UpdateStatus& status = *service.update_status;
  if (!StopsForFailure(status.state)) return nullptr;
  if (status.state == v1::UPDATE_STATE_ROLLBACK_STARTED && !IsAutomaticRollback(service)) return nullptr;
  if (const Task* named = NamedTask(status.message, known)) return named;
  return LastTrouble(tasks, status.started_at);
}

// Why a run that the engine calls completed lacks tasks: with the failure action `continue` it says so of
// any. Null also where tasks are only on their way, as after a change of the number of replicas.
const Task* WhyIncomplete(const v1::ServiceUpdateStateChanged& changed, const UpdateStatus& status,
                          const TaskList& tasks) {
  const bool lacks =
      status.state == v1::UPDATE_STATE_COMPLETED && changed.updated_tasks() < changed.wanted_tasks();
  return lacks ? LastTrouble(tasks, status.started_at) : nullptr;
}

// How many tasks run with the template of the newest task, which is the present one once the run has made
// a task. A rollback that has just started has not.
std::uint32_t UpdatedTasks(const UpdateStatus& status, const TaskList& tasks) {
  if (!status.started_at || status.state == v1::UPDATE_STATE_ROLLBACK_STARTED) return 0;
  const Task* newest = nullptr;
  for (const Task* task : tasks) {
    if (newest == nullptr || task->created_at > newest->created_at) newest = task;
  }
  if (newest == nullptr || newest->created_at < status.started_at || newest->spec_fingerprint == 0) return 0;
  std::uint32_t count = 0;
  for (const Task* task : tasks) {
    const bool runs = task->state == v1::TASK_STATE_RUNNING && task->desired_state == v1::TASK_STATE_RUNNING;
    if (runs && task->spec_fingerprint == newest->spec_fingerprint) ++count;
  }
  return count;
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

bool IsFirstState(v1::UpdateState state, const RunStep& step) {
  return state == v1::UPDATE_STATE_UPDATING || step.previous == v1::UPDATE_STATE_UNSPECIFIED;
}

std::optional<absl::Time> StepTime(const RunStep& step, const UpdateStatus& status) {
  if (IsFirstState(step.current, step)) return status.started_at;
  return step.inferred ? std::nullopt : status.completed_at;
}

class RunTeller {
 public:
  RunTeller(Comparison& comparison, const Service& service)
      : comparison_(comparison), service_(service), note_(comparison.known.service_notes[service.id]) {}

  // `before` is null for a service that has just appeared.
  void Tell(const Service* before) {
    const std::vector<RunStep> steps = RunSteps(note_.run, service_);
    if (steps.empty()) return;
    Remember(before != nullptr && before->spec != service_.spec);
    if (IsScheduledRun(service_, note_.run->fields)) return;
    tasks_ = comparison_.tasks_by_service.Of(service_.id);
    const std::uint64_t previous_version = before == nullptr ? 0 : before->version;
    for (const RunStep& step : steps) {
      const bool pauses =
          step.current == v1::UPDATE_STATE_PAUSED || step.current == v1::UPDATE_STATE_ROLLBACK_PAUSED;
      if (pauses && HasEndedWell(service_, tasks_, comparison_.known)) continue;
      TellStep(step, previous_version);
    }
  }

  void Remember(bool spec_changed) {
    if (!service_.update_status) return;
    const UpdateStatus& status = *service_.update_status;
    if (IsNewRun(note_.run, status))
      note_.run = KnownRun{status.started_at, status.state, Claim(spec_changed)};
    note_.run->state = status.state;
    note_.unclaimed.clear();
  }

 private:
  Fields Claim(bool spec_changed) {
    Fields from_engine = FieldsOfPreviousSpec(service_, comparison_.known);
    const bool prefer_engine = !spec_changed && !from_engine.empty();
    const bool nothing_else = note_.unclaimed.empty() && !IsAutomaticRollback(service_);
    return prefer_engine || nothing_else ? from_engine : std::exchange(note_.unclaimed, {});
  }

  void TellStep(const RunStep& step, std::uint64_t previous_version) {
    const UpdateStatus& status = *service_.update_status;
    EventHead head;
    head.resource = ServiceResource(service_);
    head.previous_version = previous_version;
    head.current_version = service_.version;
    head.occur_time = StepTime(step, status);
    head.discriminator = absl::StrCat(TimeKey(status.started_at), " ", v1::UpdateState_Name(step.current));
    v1::ChangeEvent event;
    auto& changed = *event.mutable_service_update_state_changed();
    changed.set_previous_state(step.previous);
    changed.set_current_state(step.current);
    changed.set_inferred(step.inferred);
    if (status.started_at) *changed.mutable_start_time() = ToProto(*status.started_at);
    AddFields(step.current, changed);
    if (!step.inferred) AddPresent(status, changed);
    swarmbell::Tell(comparison_, head, std::move(event));
  }

  // An automatic rollback undoes what its run began with; a manual one is a run of its own.
  void AddFields(v1::UpdateState state, v1::ServiceUpdateStateChanged& changed) const {
    const bool undone = IsRollback(state) && IsAutomaticRollback(service_);
    for (const v1::FieldChange& field : note_.run->fields) {
      *changed.add_fields() = undone ? Reversed(field) : field;
    }
  }

  // What is known only of the state that was seen.
  void AddPresent(const UpdateStatus& status, v1::ServiceUpdateStateChanged& changed) const {
    changed.set_message(ShowMasked(status.message).text);
    if (status.completed_at) *changed.mutable_complete_time() = ToProto(*status.completed_at);
    changed.set_updated_tasks(UpdatedTasks(status, tasks_));
    changed.set_wanted_tasks(CountTasks(service_, tasks_, comparison_.known).wanted);
    const Task* failed = FailedTask(service_, tasks_, comparison_.known);
    if (failed == nullptr) failed = WhyIncomplete(changed, status, tasks_);
    if (failed != nullptr) *changed.mutable_failed_task() = SummarizeTask(*failed, comparison_.known);
  }

  Comparison& comparison_;
  const Service& service_;
  TaskList tasks_;  // empty before there is something to tell
  KnownService& note_;
};

}  // namespace

void CompareRuns(Comparison& comparison, const Service& before, const Service& now) {
  RunTeller(comparison, now).Tell(&before);
}

void RememberRun(Comparison& comparison, const Service& service) {
  if (service.update_status) RunTeller(comparison, service).Remember(false);
}

// A service that comes with a completed update is told as that; any other state is news of its own.
void TellFirstRun(Comparison& comparison, const Service& service) {
  if (!service.update_status) return;
  if (service.update_status->state == v1::UPDATE_STATE_COMPLETED) {
    RunTeller(comparison, service).Remember(false);
  } else {
    RunTeller(comparison, service).Tell(nullptr);
  }
}

}  // namespace swarmbell
