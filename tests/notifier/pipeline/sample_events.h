#pragma once

#include <string>

#include "absl/time/time.h"
#include "common/time/proto_time.h"
#include "notifier/alert/alert_group.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

inline const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

inline v1::ChangeEvent SampleEvent(const std::string& id, v1::ResourceKind kind, const std::string& object) {
  v1::ChangeEvent event;
  event.set_event_id(id);
  event.set_action(v1::ACTION_UPDATED);
  event.mutable_cluster()->set_id("swarm1");
  event.mutable_resource()->set_kind(kind);
  event.mutable_resource()->set_id(object);
  event.mutable_resource()->set_name(object);
  return event;
}

inline v1::ChangeEvent NodeEvent(const std::string& id, const std::string& node) {
  v1::ChangeEvent event = SampleEvent(id, v1::RESOURCE_KIND_NODE, node);
  event.mutable_node_role_changed();
  return event;
}

inline v1::ChangeEvent TaskFailure(const std::string& id, const std::string& service, absl::Time time) {
  v1::ChangeEvent event = SampleEvent(id, v1::RESOURCE_KIND_TASK, "task-" + id);
  *event.mutable_observe_time() = ToProto(time);
  v1::TaskFailed& failed = *event.mutable_task_failed();
  failed.set_current_state(v1::TASK_STATE_FAILED);
  failed.mutable_task()->set_id("task-" + id);
  failed.mutable_task()->set_service_id(service);
  failed.mutable_task()->set_service_name(service + "-name");
  return event;
}

// A failure of the task that ran in a slot of a service; 0: of the one that a global service runs on the
// node.
inline v1::ChangeEvent SlotFailure(const std::string& id, const std::string& service, int slot,
                                   const std::string& node, absl::Time time) {
  v1::ChangeEvent event = TaskFailure(id, service, time);
  event.mutable_task_failed()->set_previous_state(v1::TASK_STATE_RUNNING);
  v1::TaskSummary& task = *event.mutable_task_failed()->mutable_task();
  task.set_name(slot == 0 ? task.service_name() : task.service_name() + "." + std::to_string(slot));
  task.set_node_id("id-of-" + node);
  task.set_node_hostname(node);
  return event;
}

// The same, refused by the node.
inline v1::ChangeEvent Refusal(const std::string& id, const std::string& service, const std::string& error,
                               absl::Time time) {
  v1::ChangeEvent event = SlotFailure(id, service, 1, "w1", time);
  event.mutable_task_failed()->set_current_state(v1::TASK_STATE_REJECTED);
  event.mutable_task_failed()->mutable_task()->set_error(error);
  return event;
}

inline v1::ChangeEvent ServiceChange(const std::string& id, const std::string& service) {
  return SampleEvent(id, v1::RESOURCE_KIND_SERVICE, service);
}

inline v1::ChangeEvent JobFailed(const std::string& id, const std::string& service) {
  v1::ChangeEvent event = ServiceChange(id, service);
  event.mutable_service_job_failed();
  return event;
}

inline v1::ChangeEvent Removed(const std::string& id, const std::string& service) {
  v1::ChangeEvent event = ServiceChange(id, service);
  event.mutable_service_disappeared();
  return event;
}

inline v1::ChangeEvent UpdateState(const std::string& id, const std::string& service, v1::UpdateState state) {
  v1::ChangeEvent event = SampleEvent(id, v1::RESOURCE_KIND_SERVICE, service);
  event.mutable_service_update_state_changed()->set_current_state(state);
  return event;
}

inline Alert AlertOf(const v1::ChangeEvent& event, Color color = Color::kBlue,
                     std::vector<std::string> receivers = {"chat"}) {
  Alert alert;
  alert.event = event;
  alert.rule = "sample";
  alert.color = color;
  alert.receivers = std::move(receivers);
  return alert;
}

}  // namespace swarmbell
