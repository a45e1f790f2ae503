#include "notifier/alert/affected.h"

#include <algorithm>

namespace swarmbell {
namespace {

// The task that an alert shows; null if it shows none.
const v1::TaskSummary* ShownTask(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kTaskFailed:
      return &event.task_failed().task();
    case v1::ChangeEvent::kTaskUnschedulable:
      return &event.task_unschedulable().task();
    case v1::ChangeEvent::kTaskEvicted:
      return &event.task_evicted().task();
    case v1::ChangeEvent::kServiceUpdateStateChanged:
      return &event.service_update_state_changed().failed_task();
    case v1::ChangeEvent::kServiceUpdateStalled:
      return &event.service_update_stalled().waiting_task();
    case v1::ChangeEvent::kServiceDegraded:
      return &event.service_degraded().failed_task();
    case v1::ChangeEvent::kServiceJobFailed:
      return &event.service_job_failed().task();
    case v1::ChangeEvent::kServiceCrashLoop:
      return &event.service_crash_loop().last_task();
    case v1::ChangeEvent::kServiceTasksFailed:
      return &event.service_tasks_failed().last_task();
    case v1::ChangeEvent::kServicesFailing:
      return &event.services_failing().last_task();
    default:
      return nullptr;
  }
}

// The names of the nodes on which tasks failed.
const google::protobuf::RepeatedPtrField<std::string>& FailingNodes(const v1::ChangeEvent& event) {
  if (event.has_services_failing()) return event.services_failing().nodes();
  if (event.has_service_tasks_failed()) return event.service_tasks_failed().nodes();
  return event.service_crash_loop().nodes();
}

// The node that runs a container that fails; null for any other event.
const v1::ContainerSummary* ContainerOf(const v1::ChangeEvent& event) {
  if (event.has_container_restarting()) return &event.container_restarting().container();
  if (event.has_container_dead()) return &event.container_dead().container();
  if (event.has_container_gave_up()) return &event.container_gave_up().container();
  if (event.has_container_unhealthy()) return &event.container_unhealthy().container();
  return nullptr;
}

// The services that a node ran when it went away, or had to move to other nodes.
const google::protobuf::RepeatedPtrField<std::string>& ServicesOn(const v1::ChangeEvent& node) {
  if (node.has_node_state_changed()) return node.node_state_changed().node().services();
  if (node.has_node_disappeared()) return node.node_disappeared().node().services();
  return node.node_availability_changed().node().services();
}

// True if `change` is what the rollback did.
bool IsOfRollback(const v1::ChangeEvent& change, const v1::ChangeEvent& rollback) {
  const FieldChangeList* fields = ChangedFields(change);
  if (!IsRollback(rollback) || fields == nullptr || change.resource().id() != rollback.resource().id()) {
    return false;
  }
  const std::set<FieldValue> undone = FieldsNow(rollback.service_update_state_changed().fields());
  const std::set<FieldValue> changed = FieldsNow(*fields);
  return std::includes(undone.begin(), undone.end(), changed.begin(), changed.end());
}

// How a service is updated, and its labels, do not affect its neighbours.
bool AffectsNeighbors(const v1::ChangeEvent& change) {
  return !change.has_service_labels_changed() && !change.has_service_update_config_changed() &&
         !change.has_service_rollback_config_changed();
}

}  // namespace

bool MayExplain(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceAppeared:
    case v1::ChangeEvent::kServiceDisappeared:
    case v1::ChangeEvent::kNodeAppeared:
    case v1::ChangeEvent::kNodeDisappeared:
    case v1::ChangeEvent::kNodeAvailabilityChanged:
    case v1::ChangeEvent::kNodeRoleChanged:
      return true;
    case v1::ChangeEvent::kNodeStateChanged:
      return event.node_state_changed().current_state() != v1::NODE_STATE_READY;
    default:
      return ChangesServiceSpec(event);
  }
}

FieldValue FieldNow(const v1::FieldChange& field) {
  return {field.group(), field.name(), field.current_value()};
}

std::set<FieldValue> FieldsNow(const FieldChangeList& fields) {
  std::set<FieldValue> values;
  for (const v1::FieldChange& field : fields) values.insert(FieldNow(field));
  return values;
}

Affected::Affected(const AlertGroup& group, const std::string& cluster_id) {
  for (const Alert& alert : group.alerts) {
    const bool may_be_cause = !group.digest && alert.color != Color::kRed;
    shown_[alert.event.event_id()] = may_be_cause;
    if (alert.color == Color::kRed && alert.event.cluster().id() == cluster_id) Add(alert.event);
  }
}

void Affected::Add(const v1::ChangeEvent& event) {
  red_.push_back(&event);
  since_ = std::min(since_, HappenedAt(event) - kExplains);
  // The clock of the node that saw a task fail may be slow.
  const absl::Time happened = HappenedAt(event);
  until_ = std::max({until_, happened, SeenAt(event, happened)});
  if (!event.resource().stack().empty()) stacks_.insert(event.resource().stack());
  if (event.resource().kind() == v1::RESOURCE_KIND_SERVICE) {
    AddService(event.resource().id(), event.resource().name());
  } else if (event.resource().kind() == v1::RESOURCE_KIND_NODE) {
    AddNode(event.resource().id(), event.resource().name());
  }
  for (const v1::FailingService& service : event.services_failing().services()) {
    AddService(service.service_id(), service.service_name());
  }
  if (const v1::TaskSummary* task = ShownTask(event)) {
    AddService(task->service_id(), task->service_name());
    AddNode(task->node_id(), task->node_hostname());
  }
  if (const v1::ContainerSummary* container = ContainerOf(event)) {
    AddNode(container->node_id(), container->node_hostname());
  }
  for (const std::string& node : FailingNodes(event)) AddNode("", node);
}

void Affected::AddService(const std::string& id, const std::string& name) {
  services_.insert({id, name});
  services_.erase("");
}

void Affected::AddNode(const std::string& id, const std::string& hostname) {
  nodes_.insert({id, hostname});
  nodes_.erase("");
}

std::optional<Closeness> Affected::ClosenessOf(const v1::ChangeEvent& change) const {
  if (IsShown(change)) return std::nullopt;
  const v1::ResourceRef& resource = change.resource();
  const auto is_in = [&resource](const std::set<std::string>& some) {
    return some.contains(resource.id()) || some.contains(resource.name());
  };
  if (resource.kind() == v1::RESOURCE_KIND_SERVICE) {
    if (is_in(services_)) return Closeness::kService;
    const bool near = stacks_.contains(resource.stack()) && AffectsNeighbors(change);
    return near ? std::optional(Closeness::kStack) : std::nullopt;
  }
  const auto& ran = ServicesOn(change);
  const bool near = is_in(nodes_) || std::any_of(ran.begin(), ran.end(), [this](const std::string& name) {
                      return services_.contains(name);
                    });
  return near ? std::optional(Closeness::kNode) : std::nullopt;
}

bool Affected::IsShown(const v1::ChangeEvent& change) const {
  const auto shown = shown_.find(change.event_id());
  if (shown != shown_.end() && !(shown->second && ChangesServiceSpec(change))) return true;
  return std::any_of(red_.begin(), red_.end(),
                     [&change](const v1::ChangeEvent* alert) { return IsOfRollback(change, *alert); });
}

std::vector<v1::ChangeEvent> Affected::NamedCauses() const {
  std::vector<v1::ChangeEvent> causes;
  for (const v1::ChangeEvent* alert : red_) {
    const auto add = [&](const auto& run) {
      if (run.fields().empty() || !run.has_start_time()) return;
      v1::ChangeEvent& cause = causes.emplace_back();
      *cause.mutable_cluster() = alert->cluster();
      *cause.mutable_resource() = alert->resource();
      *cause.mutable_occur_time() = run.start_time();
      *cause.mutable_service_task_template_changed()->mutable_fields() = run.fields();
    };
    if (alert->has_service_update_state_changed() && !IsRollback(*alert)) {
      add(alert->service_update_state_changed());
    } else if (alert->service_update_stalled().state() == v1::UPDATE_STATE_UPDATING) {
      add(alert->service_update_stalled());
    }
  }
  return causes;
}

}  // namespace swarmbell
