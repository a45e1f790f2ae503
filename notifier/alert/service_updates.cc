#include "notifier/alert/service_updates.h"

#include <algorithm>

namespace swarmbell {
namespace {

// The step of an update that the event tells; UPDATE_STATE_UNSPECIFIED for any other event.
v1::UpdateState StepOf(const v1::ChangeEvent& event) {
  return event.service_update_state_changed().current_state();
}

}  // namespace

bool ChangesServiceSpec(const v1::ChangeEvent& event) {
  return ChangedFields(event) != nullptr || event.has_service_mode_changed();
}

const FieldChangeList* ChangedFields(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceTaskTemplateChanged:
      return &event.service_task_template_changed().fields();
    case v1::ChangeEvent::kServiceEndpointSpecChanged:
      return &event.service_endpoint_spec_changed().fields();
    case v1::ChangeEvent::kServiceRollbackConfigChanged:
      return &event.service_rollback_config_changed().fields();
    case v1::ChangeEvent::kServiceUpdateConfigChanged:
      return &event.service_update_config_changed().fields();
    case v1::ChangeEvent::kServiceLabelsChanged:
      return &event.service_labels_changed().fields();
    default:
      return nullptr;
  }
}

FieldChangeList* MutableChangedFields(v1::ChangeEvent& event) {
  return const_cast<FieldChangeList*>(ChangedFields(event));
}

bool SameField(const v1::FieldChange& one, const v1::FieldChange& two) {
  return one.group() == two.group() && one.name() == two.name() && one.kind() == two.kind() &&
         one.previous_value() == two.previous_value() && one.current_value() == two.current_value();
}

bool IsSameRun(const v1::ServiceUpdateStateChanged& one, const v1::ServiceUpdateStateChanged& two) {
  return one.start_time().seconds() == two.start_time().seconds() &&
         one.start_time().nanos() == two.start_time().nanos();
}

bool IsUpdateStart(const v1::ChangeEvent& event) { return StepOf(event) == v1::UPDATE_STATE_UPDATING; }

bool IsRollback(const v1::ChangeEvent& event) {
  const v1::UpdateState step = StepOf(event);
  return step == v1::UPDATE_STATE_ROLLBACK_STARTED || step == v1::UPDATE_STATE_ROLLBACK_PAUSED ||
         step == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

bool IsFailedRun(const v1::ChangeEvent& event) {
  const v1::UpdateState step = StepOf(event);
  return step == v1::UPDATE_STATE_PAUSED || step == v1::UPDATE_STATE_ROLLBACK_STARTED ||
         step == v1::UPDATE_STATE_ROLLBACK_PAUSED;
}

bool Completes(const v1::ChangeEvent& end, const v1::ChangeEvent& cause) {
  if (!cause.has_service_task_template_changed() && !cause.has_service_endpoint_spec_changed()) return false;
  const FieldChangeList& fields = *ChangedFields(cause);
  if (fields.empty() || end.resource().id() != cause.resource().id()) return false;
  if (StepOf(end) != v1::UPDATE_STATE_COMPLETED) return false;
  const FieldChangeList& done = end.service_update_state_changed().fields();
  return std::all_of(fields.begin(), fields.end(), [&done](const v1::FieldChange& field) {
    return std::any_of(done.begin(), done.end(),
                       [&field](const v1::FieldChange& other) { return SameField(field, other); });
  });
}

bool Overtakes(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier) {
  if (!later.has_service_update_state_changed() || !earlier.has_service_update_state_changed()) return false;
  const v1::ServiceUpdateStateChanged& one = earlier.service_update_state_changed();
  const v1::ServiceUpdateStateChanged& two = later.service_update_state_changed();
  const bool failed = one.automatic() && one.current_state() == v1::UPDATE_STATE_ROLLBACK_STARTED;
  if (failed && two.current_state() == v1::UPDATE_STATE_ROLLBACK_COMPLETED) return false;
  return later.resource().id() == earlier.resource().id() && IsSameRun(one, two);
}

}  // namespace swarmbell
