#pragma once

#include <string>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Small events for tests of rules: only what rules look at.

inline v1::ChangeEvent Service(const std::string& name = "shop_api") {
  v1::ChangeEvent event;
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
  event.mutable_resource()->set_name(name);
  event.mutable_resource()->set_stack("shop");
  event.mutable_cluster()->set_name("prod-1");
  return event;
}

inline v1::ChangeEvent Node(const std::string& name = "worker-03") {
  v1::ChangeEvent event;
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_NODE);
  event.mutable_resource()->set_name(name);
  event.mutable_cluster()->set_name("prod-1");
  return event;
}

inline v1::ChangeEvent Availability(v1::NodeAvailability from, v1::NodeAvailability to) {
  v1::ChangeEvent event = Node();
  event.mutable_node_availability_changed()->set_previous_availability(from);
  event.mutable_node_availability_changed()->set_current_availability(to);
  return event;
}

inline v1::ChangeEvent State(v1::NodeState from, v1::NodeState to) {
  v1::ChangeEvent event = Node();
  event.mutable_node_state_changed()->set_previous_state(from);
  event.mutable_node_state_changed()->set_current_state(to);
  return event;
}

inline v1::ChangeEvent Reachability(v1::NodeReachability from, v1::NodeReachability to) {
  v1::ChangeEvent event = Node();
  event.mutable_node_reachability_changed()->set_previous_reachability(from);
  event.mutable_node_reachability_changed()->set_current_reachability(to);
  return event;
}

inline v1::ChangeEvent Update(v1::UpdateState from, v1::UpdateState to) {
  v1::ChangeEvent event = Service();
  event.mutable_service_update_state_changed()->set_previous_state(from);
  event.mutable_service_update_state_changed()->set_current_state(to);
  return event;
}

inline v1::ChangeEvent Appeared(v1::UpdateState state) {
  v1::ChangeEvent event = Service();
  event.mutable_service_appeared()->set_update_state(state);
  return event;
}

inline v1::ChangeEvent Failed(v1::TaskState to) {
  v1::ChangeEvent event = Service();
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_TASK);
  event.mutable_task_failed()->set_previous_state(v1::TASK_STATE_RUNNING);
  event.mutable_task_failed()->set_current_state(to);
  return event;
}

inline v1::ChangeEvent Stopping(v1::TaskState to) {
  v1::ChangeEvent event = Failed(to);
  event.mutable_task_failed()->set_stopping(true);
  return event;
}

// An event whose change has no more to say than its name; for `unknown` one without details.
inline v1::ChangeEvent Bare(const std::string& change) {
  v1::ChangeEvent event = Service();
  const auto* field = v1::ChangeEvent::descriptor()->FindFieldByName(change);
  if (field != nullptr) event.GetReflection()->MutableMessage(&event, field);
  return event;
}

}  // namespace swarmbell
