// How the update or rollback of a service moves on.

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/diff/field_diff.h"
#include "collector/diff/one_shots.h"
#include "collector/diff/run_tasks.h"
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

// The changed fields of the present run, from the spec that the engine keeps as the previous one. Correct
// only while the service has an update status: an accepted update that replaces no tasks removes that.
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

// Null for a run that goes on or has ended well, and for a rollback that somebody asked for.
const Task* FailedTask(const RunStep& step, const Service& service, const RunTasks& tasks,
                       const Known& known) {
  const bool rolls_back = step.current == v1::UPDATE_STATE_ROLLBACK_STARTED && IsAutomaticRollback(service);
  const bool pauses =
      step.current == v1::UPDATE_STATE_PAUSED || step.current == v1::UPDATE_STATE_ROLLBACK_PAUSED;
  if (!rolls_back && !pauses) return nullptr;
  const Task* named = step.inferred ? nullptr : NamedTask(service.update_status->message, known);
  if (named != nullptr) return named;
  return rolls_back ? tasks.LastTroubleOfUpdate() : tasks.LastTrouble();
}

// Why a run that the engine calls completed lacks tasks: with the failure action `continue` it says so of
// any. Null also where tasks are only on their way, as after a change of the number of replicas.
const Task* WhyIncomplete(const v1::ServiceUpdateStateChanged& changed, const RunTasks& tasks) {
  const bool completed = changed.current_state() == v1::UPDATE_STATE_COMPLETED ||
                         changed.current_state() == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
  const bool lacks = completed && changed.updated_tasks() < changed.wanted_tasks();
  return lacks ? tasks.LastTrouble() : nullptr;
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
    const bool scheduled = IsScheduledRun(service_, note_.run->fields);
    if (scheduled && !note_.run->fields.empty()) return;
    tasks_ = comparison_.tasks_by_service.Of(service_.id);
    const std::uint64_t previous_version = before == nullptr ? 0 : before->version;
    for (const RunStep& step : steps) {
      const bool pauses =
          step.current == v1::UPDATE_STATE_PAUSED || step.current == v1::UPDATE_STATE_ROLLBACK_PAUSED;
      // If it is not known what the run is about, only its failures are emitted.
      if (scheduled && !pauses && !IsRollback(step.current)) continue;
      if (pauses && HasEndedWell(service_, tasks_, comparison_.known)) continue;
      TellStep(step, previous_version);
    }
  }

  void Remember(bool spec_changed) {
    if (!service_.update_status) return;
    const UpdateStatus& status = *service_.update_status;
    if (IsNewRun(note_.run, status))
      note_.run = KnownRun{status.started_at, status.state, Claim(spec_changed)};
    if (note_.run->state != status.state) note_.run->progress.reset();
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
    changed.set_automatic(IsRollback(step.current) && IsAutomaticRollback(service_));
    if (status.started_at) *changed.mutable_start_time() = ToProto(*status.started_at);
    const Fields fields = FieldsOf(*note_.run, service_, step.current);
    changed.mutable_fields()->Assign(fields.begin(), fields.end());
    AddTasks(step, changed);
    swarmbell::Tell(comparison_, head, std::move(event));
  }

  // The counts are known only of the state that was seen.
  void AddTasks(const RunStep& step, v1::ServiceUpdateStateChanged& changed) const {
    const UpdateStatus& status = *service_.update_status;
    const RunTasks tasks(service_, tasks_, note_.run->fields);
    const Task* failed = FailedTask(step, service_, tasks, comparison_.known);
    if (!step.inferred) {
      changed.set_message(ShowMasked(status.message).text);
      if (status.completed_at) *changed.mutable_complete_time() = ToProto(*status.completed_at);
      changed.set_updated_tasks(tasks.CountUpdated());
      changed.set_wanted_tasks(CountTasks(service_, tasks_, comparison_.known).wanted);
      if (failed == nullptr) failed = WhyIncomplete(changed, tasks);
    }
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
