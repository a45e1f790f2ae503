#include "collector/diff/service_runs.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/diff/cronjob.h"
#include "collector/diff/fields.h"
#include "collector/diff/origin.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using Fields = std::vector<v1::FieldChange>;

// The changed fields of the present run, from the spec that the engine keeps as the previous one. Correct
// only while the service has an update status: an accepted update that replaces no tasks removes the status.
Fields FieldsOfPreviousSpec(const Service& service, ParsedSpecs& specs, const Known& known) {
  if (service.previous_spec.empty()) return {};
  Fields fields;
  for (const char* part : {"TaskTemplate", "EndpointSpec"}) {
    const Fields of_part =
        DiffFields(SpecPart(specs.Previous(), part), SpecPart(specs.Now(), part), part, known.network_names);
    fields.insert(fields.end(), of_part.begin(), of_part.end());
  }
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

// Null for a run that is in progress or has succeeded, and for a rollback that a user requested.
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

// Why a run that the engine reports as completed lacks tasks: with the failure action `continue` the engine
// reports every run as completed. Null also if tasks are only late, as after a change of the replicas.
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

// Emits the steps of a service's update or rollback since the last reading.
class RunComparison {
 public:
  RunComparison(Comparison& comparison, const Service& service, ParsedSpecs& specs)
      : comparison_(comparison),
        service_(service),
        specs_(specs),
        note_(comparison.known.service_notes[service.id]) {}

  // `before` is null for a service that has just appeared.
  void Emit(const Service* before) {
    const std::vector<RunStep> steps = RunSteps(note_.run, service_);
    if (steps.empty()) return;
    const bool failed = note_.run && note_.run->failed;
    Remember(before != nullptr && before->spec != service_.spec);
    note_.run->failed = failed;
    const bool is_cronjob_run = IsCronjobRun(service_, note_.run->fields);
    if (is_cronjob_run && !note_.run->fields.empty() && !failed) return;
    tasks_ = comparison_.tasks_by_service.Of(service_.id);
    const std::uint64_t previous_version = before == nullptr ? 0 : before->version;
    for (const RunStep& step : steps) {
      if (is_cronjob_run && !CountsInCronjobRun(step)) continue;
      const bool pauses = IsPause(step.current);
      if (pauses && HasEndedWell(service_, tasks_, comparison_.known)) continue;
      EmitStep(step, previous_version);
      const bool rolls_back = step.current == v1::UPDATE_STATE_ROLLBACK_STARTED;
      if (pauses || (rolls_back && IsAutomaticRollback(service_))) note_.run->failed = true;
      if (Completes(step.current)) note_.run->failed = false;
    }
  }

  void Remember(bool spec_changed) {
    if (!service_.update_status) return;
    const UpdateStatus& status = *service_.update_status;
    if (IsNewRun(note_.run, status))
      note_.run = KnownRun{status.started_at, status.state, Claim(spec_changed), std::nullopt, ClaimOrigin()};
    if (note_.run->state != status.state) note_.run->progress.reset();
    note_.run->state = status.state;
    note_.unclaimed.clear();
  }

 private:
  static bool IsPause(v1::UpdateState state) {
    return state == v1::UPDATE_STATE_PAUSED || state == v1::UPDATE_STATE_ROLLBACK_PAUSED;
  }
  static bool Completes(v1::UpdateState state) {
    return state == v1::UPDATE_STATE_COMPLETED || state == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
  }

  // If the subject of the run is not known, only its failures are emitted, and the end of one that was.
  bool CountsInCronjobRun(const RunStep& step) const {
    if (note_.run->failed && Completes(step.current)) return true;
    const bool fails = IsPause(step.current) || IsRollback(step.current);
    return fails && note_.run->fields.empty();
  }

  // The fields that the run is about: those of the engine's previous spec, or the unclaimed ones.
  Fields Claim(bool spec_changed) {
    const bool nothing_else = note_.unclaimed.empty() && !IsAutomaticRollback(service_);
    if (nothing_else || !spec_changed) {
      Fields from_engine = FieldsOfPreviousSpec(service_, specs_, comparison_.known);
      if (nothing_else || !from_engine.empty()) return from_engine;
    }
    return std::exchange(note_.unclaimed, {});
  }

  // Whose change the run is, from the spec that the engine keeps. It keeps none in an automatic rollback:
  // there the update's own stays known.
  std::optional<v1::ChangeOrigin> ClaimOrigin() {
    if (service_.previous_spec.empty()) return {};
    auto origin = OriginOfChange(specs_.Previous(), specs_.Now());
    return IsRollback(service_.update_status->state) ? WithoutAuthor(std::move(origin)) : origin;
  }

  void EmitStep(const RunStep& step, std::uint64_t previous_version) {
    const UpdateStatus& status = *service_.update_status;
    EventHead head;
    head.resource = ServiceResource(service_);
    head.previous_version = previous_version;
    head.current_version = service_.version;
    head.occur_time = StepTime(step, status);
    head.discriminator = absl::StrCat(TimeKey(status.started_at), " ", v1::UpdateState_Name(step.current));
    head.origin = note_.run->origin;
    head.can_roll_back = !IsRollback(step.current) && CanRollBack(service_);
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
    EmitEvent(comparison_, head, std::move(event));
  }

  // The counts are known only for the state that was seen.
  void AddTasks(const RunStep& step, v1::ServiceUpdateStateChanged& changed) const {
    const UpdateStatus& status = *service_.update_status;
    const RunTasks tasks(service_, tasks_, note_.run->fields);
    const Task* failed = FailedTask(step, service_, tasks, comparison_.known);
    if (!step.inferred) {
      changed.set_message(ShowMasked(status.message).text);
      if (status.completed_at) *changed.mutable_complete_time() = ToProto(*status.completed_at);
      changed.set_updated_tasks(tasks.CountUpdated());
      changed.set_wanted_tasks(CountSlots(service_, tasks_, comparison_.known).wanted);
      if (failed == nullptr) failed = WhyIncomplete(changed, tasks);
    }
    if (failed != nullptr) *changed.mutable_failed_task() = SummarizeTask(*failed, comparison_.known);
  }

  Comparison& comparison_;
  const Service& service_;
  ParsedSpecs& specs_;
  TaskList tasks_;  // empty until there is a step to emit
  KnownService& note_;
};

}  // namespace

void CompareRun(Comparison& comparison, const Service* before, const Service& now, ParsedSpecs& specs) {
  RunComparison(comparison, now, specs).Emit(before);
}

void RememberRun(Comparison& comparison, const Service& service, ParsedSpecs& specs) {
  RunComparison(comparison, service, specs).Remember(false);
}

}  // namespace swarmbell
