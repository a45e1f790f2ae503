// Services that appear, differ and disappear: how their specs differ, and the steps of their updates.

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/diff/comparison.h"
#include "collector/diff/cronjob.h"
#include "collector/diff/fields.h"
#include "collector/diff/origin.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/spec.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using Fields = std::vector<v1::FieldChange>;

// The specs of one service that changed. All comparisons of the change share them, so that each is parsed
// once, and only if a comparison needs it. Borrows the services.
class ParsedSpecs {
 public:
  // `before` is null for a service that has just appeared.
  ParsedSpecs(const Service* before, const Service& now) : before_service_(before), now_service_(now) {}

  // Only for a service that was known before.
  const Json& Before() { return Parsed(before_, before_service_->spec); }
  const Json& Now() { return Parsed(now_, now_service_.spec); }
  // The one that the engine keeps as the previous spec; usually it is that of the reading before.
  const Json& Previous() {
    if (previous_) return *previous_;
    const std::string text = now_service_.previous_spec.Apply(now_service_.spec);
    return before_service_ != nullptr && before_service_->spec == text ? Before() : Parsed(previous_, text);
  }

 private:
  static const Json& Parsed(std::optional<Json>& spec, const std::string& text) {
    return spec ? *spec : spec.emplace(ParseSpec(text));
  }

  const Service* before_service_;
  const Service& now_service_;
  std::optional<Json> before_;
  std::optional<Json> now_;
  std::optional<Json> previous_;
};

const Json& Part(const Json& spec, const char* name) {
  static const auto* const none = new Json();
  const auto found = spec.find(name);
  return found == spec.end() ? *none : *found;
}

// The part without a change of its own: the task template, and fields that this version does not know.
Json TemplatePart(Json spec) {
  for (const char* name : {"Labels", "Mode", "EndpointSpec", "UpdateConfig", "RollbackConfig"}) {
    spec.erase(name);
  }
  return spec;
}

// The run that a change of the spec has started, if the reading shows it. Its start time is the same for all
// collectors, while the version grows until a collector reads the service.
std::string RunStartedByChange(const Service& before, const Service& now) {
  if (!now.update_status || !now.update_status->started_at) return {};
  const UpdateStatus& status = *now.update_status;
  const bool rollback = IsRollback(status.state);
  const bool same_run = before.update_status && before.update_status->started_at == status.started_at &&
                        IsRollback(before.update_status->state) == rollback;
  if (same_run) return {};
  return absl::StrCat(rollback ? "rollback " : "update ", TimeKey(status.started_at));
}

std::optional<absl::Time> ChangeTime(const Service& before, const Service& now) {
  if (!now.update_status) return now.updated_at;
  const bool known_run =
      before.update_status && before.update_status->started_at == now.update_status->started_at;
  if (!known_run) return now.update_status->started_at;
  return now.update_status->state == v1::UPDATE_STATE_ROLLBACK_STARTED ? now.updated_at : std::nullopt;
}

EventHead ServiceHead(const Service& before, const Service& now) {
  EventHead head;
  head.resource = ServiceResource(now);
  head.previous_version = before.version;
  head.current_version = now.version;
  head.occur_time = ChangeTime(before, now);
  head.discriminator = RunStartedByChange(before, now);
  head.identity_version = head.discriminator.empty() ? now.version : 0;
  return head;
}

// Emits how the spec of a service differs, part by part, and remembers what an update may be about.
class SpecComparison {
 public:
  SpecComparison(Comparison& comparison, const Service& before, const Service& now, const Json& old_spec,
                 const Json& new_spec)
      : comparison_(comparison),
        before_(before),
        now_(now),
        old_spec_(old_spec),
        new_spec_(new_spec),
        rolls_back_(now.update_status && IsRollback(now.update_status->state)),
        head_(ServiceHead(before, now)) {
    head_.origin = OriginOfChange(old_spec, new_spec);
    // After several changes since the last reading, the labels may be of one of them alone.
    const bool several = !now.previous_spec.empty() && now.previous_spec.Apply(now.spec) != before.spec;
    if (rolls_back_ || several) head_.origin = WithoutAuthor(std::move(head_.origin));
  }

  void Run() {
    const Fields task_template =
        DiffFields(TemplatePart(old_spec_), TemplatePart(new_spec_), "", comparison_.known.network_names);
    const Fields endpoint = PartFields("EndpointSpec");
    if (!IsCronjobRun(now_, task_template)) {
      Emit(task_template, &v1::ChangeEvent::mutable_service_task_template_changed);
      if (!rolls_back_) EmitTemplateMeaning(comparison_, head_, old_spec_, new_spec_);
    }
    Emit(endpoint, &v1::ChangeEvent::mutable_service_endpoint_spec_changed);
    EmitMode();
    Emit(PartFields("UpdateConfig"), &v1::ChangeEvent::mutable_service_update_config_changed);
    Emit(PartFields("RollbackConfig"), &v1::ChangeEvent::mutable_service_rollback_config_changed);
    Emit(PartFields("Labels"), &v1::ChangeEvent::mutable_service_labels_changed);
    if (IsAutomaticRollback(now_)) return;  // it undoes the changes that its update was about
    Fields& unclaimed = comparison_.known.service_notes[now_.id].unclaimed;
    unclaimed = task_template;
    unclaimed.insert(unclaimed.end(), endpoint.begin(), endpoint.end());
  }

 private:
  Fields PartFields(const char* name) const {
    return DiffFields(Part(old_spec_, name), Part(new_spec_, name), name, comparison_.known.network_names);
  }

  template <typename Details>
  void Emit(const Fields& fields, Details* (v1::ChangeEvent::*details)()) {
    if (fields.empty()) return;
    v1::ChangeEvent event;
    (event.*details)()->mutable_fields()->Assign(fields.begin(), fields.end());
    EmitEvent(comparison_, head_, std::move(event));
  }

  void EmitMode() {
    if (Part(old_spec_, "Mode") == Part(new_spec_, "Mode") || IsCronjobScale(before_, now_)) return;
    v1::ChangeEvent event;
    *event.mutable_service_mode_changed()->mutable_previous_mode() = before_.mode;
    *event.mutable_service_mode_changed()->mutable_current_mode() = now_.mode;
    EmitEvent(comparison_, head_, std::move(event));
  }

  Comparison& comparison_;
  const Service& before_;
  const Service& now_;
  const Json& old_spec_;
  const Json& new_spec_;
  const bool rolls_back_;
  EventHead head_;
};

void CompareSpecs(Comparison& comparison, const Service& before, const Service& now, ParsedSpecs& specs) {
  if (!comparison.before.other_engine) {
    return SpecComparison(comparison, before, now, specs.Before(), specs.Now()).Run();
  }
  Json old_spec = specs.Before();
  Json new_spec = specs.Now();
  KeepSharedKeys(old_spec, new_spec);
  SpecComparison(comparison, before, now, old_spec, new_spec).Run();
}

// The changed fields of the present run, from the spec that the engine keeps as the previous one. Correct
// only while the service has an update status: an accepted update that replaces no tasks removes the status.
Fields FieldsOfPreviousSpec(const Service& service, ParsedSpecs& specs, const Known& known) {
  if (service.previous_spec.empty()) return {};
  Fields fields;
  for (const char* part : {"TaskTemplate", "EndpointSpec"}) {
    const Fields of_part =
        DiffFields(Part(specs.Previous(), part), Part(specs.Now(), part), part, known.network_names);
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

// A service that appears with a completed update is only reported as new; any other state is a change.
void EmitAppeared(Comparison& comparison, const Service& service) {
  EventHead head;
  head.action = v1::ACTION_CREATED;
  head.resource = ServiceResource(service);
  head.current_version = service.version;
  head.occur_time = service.created_at;
  ParsedSpecs specs(nullptr, service);
  head.origin = OriginOfNew(specs.Now());
  v1::ChangeEvent event;
  auto& appeared = *event.mutable_service_appeared();
  *appeared.mutable_service() = SummarizeService(service, specs.Now(), comparison.known);
  if (service.update_status) appeared.set_update_state(service.update_status->state);
  EmitEvent(comparison, head, std::move(event));
  if (!IsJob(service)) comparison.known.service_notes[service.id].first_start = true;
  if (!service.update_status) return;
  RunComparison run(comparison, service, specs);
  if (service.update_status->state == v1::UPDATE_STATE_COMPLETED) {
    run.Remember(false);
  } else {
    run.Emit(nullptr);
  }
}

void EmitDisappeared(Comparison& comparison, const Service& service) {
  EventHead head;
  head.action = v1::ACTION_REMOVED;
  head.resource = ServiceResource(service);
  head.previous_version = service.version;
  v1::ChangeEvent event;
  *event.mutable_service_disappeared()->mutable_service() =
      SummarizeService(service, ParseSpec(service.spec), comparison.known);
  EmitEvent(comparison, head, std::move(event));
}

}  // namespace

void CompareService(Comparison& comparison, const Service& before, const Service& now) {
  ParsedSpecs specs(&before, now);
  if (before.spec != now.spec) CompareSpecs(comparison, before, now, specs);
  RunComparison(comparison, now, specs).Emit(&before);
}

void CompareServices(Comparison& comparison) {
  const Objects<Service>& now = *comparison.fresh.services;
  if (!comparison.before.services) {
    for (const auto& [id, service] : now) {
      ParsedSpecs specs(nullptr, *service);
      if (service->update_status) RunComparison(comparison, *service, specs).Remember(false);
    }
    return;
  }
  const Objects<Service>& before = *comparison.before.services;
  ForEachDifference(before, now, [&](const Service* old, const Service* service) {
    if (service != nullptr) return;
    EmitDisappeared(comparison, *old);
    comparison.known.service_notes.erase(old->id);
  });
  ForEachDifference(before, now, [&](const Service* old, const Service* service) {
    if (service == nullptr) return;
    if (old != nullptr) return CompareService(comparison, *old, *service);
    EmitAppeared(comparison, *service);
  });
}

}  // namespace swarmbell
