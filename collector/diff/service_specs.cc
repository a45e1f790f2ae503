// How a service's spec differs, told by part.

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/field_diff.h"
#include "collector/diff/one_shots.h"
#include "collector/diff/service_changes.h"
#include "collector/diff/spec_shape.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using Fields = std::vector<v1::FieldChange>;

Json Part(const Json& spec, const char* name) {
  const auto found = spec.find(name);
  return found == spec.end() ? Json() : *found;
}

// The part that has no change of its own: the task template, and fields that this version does not know.
Json TemplatePart(Json spec) {
  for (const char* name : {"Labels", "Mode", "EndpointSpec", "UpdateConfig", "RollbackConfig"}) {
    spec.erase(name);
  }
  return spec;
}

class SpecComparison {
 public:
  SpecComparison(Comparison& comparison, const Service& before, const Service& now)
      : comparison_(comparison),
        before_(before),
        now_(now),
        old_spec_(ParseSpec(before.spec)),
        new_spec_(ParseSpec(now.spec)),
        head_(ServiceHead(before, now)) {
    if (comparison.before.other_engine) KeepSharedKeys(old_spec_, new_spec_);
  }

  void Run() {
    const Fields task_template =
        DiffFields(TemplatePart(old_spec_), TemplatePart(new_spec_), "", comparison_.known.network_names);
    const Fields endpoint = PartFields("EndpointSpec");
    if (!IsScheduledRun(now_, task_template)) {
      Add(task_template, &v1::ChangeEvent::mutable_service_task_template_changed);
    }
    Add(endpoint, &v1::ChangeEvent::mutable_service_endpoint_spec_changed);
    AddMode();
    Add(PartFields("UpdateConfig"), &v1::ChangeEvent::mutable_service_update_config_changed);
    Add(PartFields("RollbackConfig"), &v1::ChangeEvent::mutable_service_rollback_config_changed);
    Add(PartFields("Labels"), &v1::ChangeEvent::mutable_service_labels_changed);
    if (IsAutomaticRollback(now_)) return;  // the way back of what the run is about
    Fields& unclaimed = comparison_.known.service_notes[now_.id].unclaimed;
    unclaimed = task_template;
    unclaimed.insert(unclaimed.end(), endpoint.begin(), endpoint.end());
  }

 private:
  Fields PartFields(const char* name) const {
    return DiffFields(Part(old_spec_, name), Part(new_spec_, name), name, comparison_.known.network_names);
  }

  template <typename Details>
  void Add(const Fields& fields, Details* (v1::ChangeEvent::*details)()) {
    if (fields.empty()) return;
    v1::ChangeEvent event;
    (event.*details)()->mutable_fields()->Assign(fields.begin(), fields.end());
    Tell(comparison_, head_, std::move(event));
  }

  void AddMode() {
    if (Part(old_spec_, "Mode") == Part(new_spec_, "Mode") || IsScheduledScale(before_, now_)) return;
    v1::ChangeEvent event;
    *event.mutable_service_mode_changed()->mutable_previous_mode() = before_.mode;
    *event.mutable_service_mode_changed()->mutable_current_mode() = now_.mode;
    Tell(comparison_, head_, std::move(event));
  }

  Comparison& comparison_;
  const Service& before_;
  const Service& now_;
  Json old_spec_;
  Json new_spec_;
  EventHead head_;
};

// The run that a change of the spec has started, if the reading shows it: its start is the same however the
// version has grown by the time a collector reads.
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

}  // namespace

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

void CompareSpecs(Comparison& comparison, const Service& before, const Service& now) {
  if (before.spec == now.spec) return;
  SpecComparison(comparison, before, now).Run();
}

}  // namespace swarmbell
