#include "notifier/pipeline/task_failures.h"

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"

namespace swarmbell {

bool IsFailure(const v1::ChangeEvent& event) {
  if (!event.has_task_failed() || event.task_failed().stopping()) return false;
  const v1::TaskState state = event.task_failed().current_state();
  return (state == v1::TASK_STATE_FAILED || state == v1::TASK_STATE_REJECTED) &&
         !event.task_failed().task().service_id().empty();
}

bool IsRejection(const v1::ChangeEvent& event) {
  return IsFailure(event) && event.task_failed().current_state() == v1::TASK_STATE_REJECTED;
}

bool FailsRun(const v1::ChangeEvent& event) {
  switch (event.service_update_state_changed().current_state()) {
    case v1::UPDATE_STATE_PAUSED:
    case v1::UPDATE_STATE_ROLLBACK_STARTED:
    case v1::UPDATE_STATE_ROLLBACK_PAUSED:
      return true;
    default:
      return false;
  }
}

bool EndsFailures(const v1::ChangeEvent& event) {
  return event.has_service_disappeared() || event.has_service_job_failed();
}

std::string SlotOf(const v1::TaskSummary& task) {
  // The tasks of a global service all have its name.
  if (!task.name().empty() && task.name() != task.service_name()) return task.name();
  return absl::StrCat("on ", task.node_id());
}

absl::Time SeenAt(const v1::ChangeEvent& event, absl::Time now) {
  if (event.recollected()) return FromProto(event.occur_time());
  return event.has_observe_time() ? FromProto(event.observe_time()) : now;
}

std::string ServiceKey(const v1::Cluster& cluster, const std::string& service_id) {
  return absl::StrCat(cluster.id(), "/", service_id);
}

std::string ServiceKey(const v1::ChangeEvent& event) {
  return ServiceKey(event.cluster(), event.has_task_failed() ? event.task_failed().task().service_id()
                                                             : event.resource().id());
}

v1::ChangeEvent ServiceEvent(const v1::ChangeEvent& task_event, const std::string& id, absl::Time now) {
  v1::ChangeEvent event;
  event.set_event_id(id);
  *event.mutable_observe_time() = ToProto(now);
  event.set_action(v1::ACTION_UPDATED);
  *event.mutable_cluster() = task_event.cluster();
  *event.mutable_observer() = task_event.observer();
  v1::ResourceRef& resource = *event.mutable_resource();
  resource = task_event.resource();  // the stack and the labels are the service's
  resource.set_kind(v1::RESOURCE_KIND_SERVICE);
  resource.set_id(task_event.task_failed().task().service_id());
  resource.set_name(task_event.task_failed().task().service_name());
  return event;
}

}  // namespace swarmbell
