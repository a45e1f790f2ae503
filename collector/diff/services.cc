// Services that appear, differ and disappear, and how their specs differ.

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/cronjob.h"
#include "collector/diff/fields.h"
#include "collector/diff/origin.h"
#include "collector/diff/parsed_specs.h"
#include "collector/diff/service_runs.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"
#include "collector/snapshot/spec.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using Fields = std::vector<v1::FieldChange>;

// The part without a change of its own: the task template, and fields that this version does not know.
Json TemplatePart(Json spec) {
  for (const char* name : {"Labels", "Mode", "EndpointSpec", "UpdateConfig", "RollbackConfig"}) {
    spec.erase(name);
  }
  return spec;
}

// The settings of updates or rollbacks as the engine applies them. It shows none until one is given; then the
// command line has sent all of them. The defaults: swarmkit, api/defaults/service.go.
Json RunSettings(const Json& spec, const char* name) {
  const RunConfig defaults;
  Json settings = {{"Parallelism", defaults.parallelism},
                   {"Delay", absl::ToInt64Nanoseconds(defaults.delay)},
                   {"Monitor", absl::ToInt64Nanoseconds(defaults.monitor)},
                   {"FailureAction", "pause"},
                   {"MaxFailureRatio", 0},
                   {"Order", "stop-first"}};
  const Json& given = SpecPart(spec, name);
  if (given.is_object()) settings.update(given);
  return settings;
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
    Emit(RunFields("UpdateConfig"), &v1::ChangeEvent::mutable_service_update_config_changed);
    Emit(RunFields("RollbackConfig"), &v1::ChangeEvent::mutable_service_rollback_config_changed);
    Emit(PartFields("Labels"), &v1::ChangeEvent::mutable_service_labels_changed);
    if (IsAutomaticRollback(now_)) return;  // it undoes the changes that its update was about
    Fields& unclaimed = comparison_.known.service_notes[now_.id].unclaimed;
    unclaimed = task_template;
    unclaimed.insert(unclaimed.end(), endpoint.begin(), endpoint.end());
  }

 private:
  Fields PartFields(const char* name) const {
    return DiffFields(SpecPart(old_spec_, name), SpecPart(new_spec_, name), name,
                      comparison_.known.network_names);
  }

  Fields RunFields(const char* name) const {
    return DiffFields(RunSettings(old_spec_, name), RunSettings(new_spec_, name), name,
                      comparison_.known.network_names);
  }

  template <typename Details>
  void Emit(const Fields& fields, Details* (v1::ChangeEvent::*details)()) {
    if (fields.empty()) return;
    v1::ChangeEvent event;
    (event.*details)()->mutable_fields()->Assign(fields.begin(), fields.end());
    EmitEvent(comparison_, head_, std::move(event));
  }

  void EmitMode() {
    if (SpecPart(old_spec_, "Mode") == SpecPart(new_spec_, "Mode") || IsCronjobScale(before_, now_)) return;
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
  if (service.update_status->state == v1::UPDATE_STATE_COMPLETED) {
    RememberRun(comparison, service, specs);
  } else {
    CompareRun(comparison, nullptr, service, specs);
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
  CompareRun(comparison, &before, now, specs);
}

void CompareServices(Comparison& comparison) {
  const Objects<Service>& now = *comparison.fresh.services;
  if (!comparison.before.services) {
    for (const auto& [id, service] : now) {
      ParsedSpecs specs(nullptr, *service);
      if (service->update_status) RememberRun(comparison, *service, specs);
    }
    return;
  }
  const Objects<Service>& before = *comparison.before.services;
  ForEachDifference(before, now, [&](const Service* old, const Service* service) {
    if (old == nullptr || service != nullptr) return;
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
