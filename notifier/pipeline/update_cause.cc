#include "notifier/pipeline/update_cause.h"

#include <algorithm>

namespace swarmbell {
namespace {

const google::protobuf::RepeatedPtrField<v1::FieldChange>* FieldsOf(const v1::ChangeEvent& event) {
  if (event.has_service_task_template_changed()) return &event.service_task_template_changed().fields();
  if (event.has_service_endpoint_spec_changed()) return &event.service_endpoint_spec_changed().fields();
  return nullptr;
}

}  // namespace

bool SameField(const v1::FieldChange& one, const v1::FieldChange& two) {
  return one.group() == two.group() && one.name() == two.name() && one.kind() == two.kind() &&
         one.previous_value() == two.previous_value() && one.current_value() == two.current_value();
}

bool Completes(const v1::ChangeEvent& end, const v1::ChangeEvent& cause) {
  const auto* fields = FieldsOf(cause);
  if (fields == nullptr || fields->empty() || end.resource().id() != cause.resource().id()) return false;
  const v1::ServiceUpdateStateChanged& run = end.service_update_state_changed();
  if (run.current_state() != v1::UPDATE_STATE_COMPLETED) return false;
  return std::all_of(fields->begin(), fields->end(), [&run](const v1::FieldChange& field) {
    return std::any_of(run.fields().begin(), run.fields().end(),
                       [&field](const v1::FieldChange& done) { return SameField(field, done); });
  });
}

bool Overtakes(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier) {
  if (!later.has_service_update_state_changed() || !earlier.has_service_update_state_changed()) return false;
  const v1::ServiceUpdateStateChanged& one = earlier.service_update_state_changed();
  const v1::ServiceUpdateStateChanged& two = later.service_update_state_changed();
  const bool failed = one.automatic() && one.current_state() == v1::UPDATE_STATE_ROLLBACK_STARTED;
  if (failed && two.current_state() == v1::UPDATE_STATE_ROLLBACK_COMPLETED) return false;
  return later.resource().id() == earlier.resource().id() &&
         one.start_time().seconds() == two.start_time().seconds() &&
         one.start_time().nanos() == two.start_time().nanos();
}

}  // namespace swarmbell
