#include "collector/diff/summaries.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "collector/diff/fields.h"
#include "collector/diff/slots.h"
#include "collector/snapshot/masking.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShortId = 6;

// The length of the shortest prefix that differs.
std::size_t DifferingPrefix(const std::string& a, const std::string& b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(end - a.begin()) + 1;
}

std::string Show(const std::string& text) { return ShowMasked(text).text; }

void SetLabels(const std::map<std::string, std::string>& labels, v1::ResourceRef& resource) {
  for (const auto& [name, value] : labels) (*resource.mutable_labels())[name] = Show(value);
}

void SetStack(const std::map<std::string, std::string>& labels, v1::ResourceRef& resource) {
  const auto stack = labels.find("com.docker.stack.namespace");
  if (stack != labels.end()) resource.set_stack(Show(stack->second));
}

std::string TaskName(const Task& task, const Service* service) {
  const std::string& name = service == nullptr ? task.service_id : service->name;
  return task.slot == 0 ? name : absl::StrCat(name, ".", task.slot);
}

}  // namespace

const Json& At(const Json& value, std::initializer_list<const char*> path) {
  static const auto* const none = new Json();
  const Json* at = &value;
  for (const char* name : path) {
    if (!at->is_object()) return *none;
    const auto found = at->find(name);
    if (found == at->end()) return *none;
    at = &*found;
  }
  return *at;
}

std::string NodeName(const Known& known, const Node& node) {
  if (!known.nodes || node.hostname.empty()) return node.hostname;
  std::size_t length = 0;
  for (const auto& [id, other] : *known.nodes) {
    if (id == node.id || other->hostname != node.hostname) continue;
    length = std::max({length, kShortId, DifferingPrefix(node.id, id)});
  }
  return length == 0 ? node.hostname : absl::StrCat(node.hostname, " (", node.id.substr(0, length), ")");
}

std::string NodeName(const Known& known, const std::string& node_id) {
  const Node* node = Find(known.nodes, node_id);
  return node == nullptr ? std::string() : NodeName(known, *node);
}

v1::ResourceRef ServiceResource(const Service& service) {
  v1::ResourceRef resource;
  resource.set_kind(v1::RESOURCE_KIND_SERVICE);
  resource.set_id(service.id);
  resource.set_name(service.name);
  resource.set_stack(service.stack);
  SetLabels(service.labels, resource);
  return resource;
}

v1::ResourceRef NodeResource(const Node& node, const Known& known) {
  v1::ResourceRef resource;
  resource.set_kind(v1::RESOURCE_KIND_NODE);
  resource.set_id(node.id);
  resource.set_name(NodeName(known, node));
  SetLabels(node.labels, resource);
  return resource;
}

v1::ResourceRef TaskResource(const Task& task, const Service* service) {
  v1::ResourceRef resource = service == nullptr ? v1::ResourceRef() : ServiceResource(*service);
  resource.set_kind(v1::RESOURCE_KIND_TASK);
  resource.set_id(task.id);
  resource.set_name(TaskName(task, service));
  return resource;
}

v1::ResourceRef ContainerResource(const Container& container) {
  v1::ResourceRef resource;
  resource.set_kind(v1::RESOURCE_KIND_CONTAINER);
  resource.set_id(container.id);
  resource.set_name(container.name);
  SetStack(container.labels, resource);
  SetLabels(container.labels, resource);
  return resource;
}

v1::ResourceRef SharedResource(const SharedObject& object, v1::ResourceKind kind) {
  v1::ResourceRef resource;
  resource.set_kind(kind);
  resource.set_id(object.id);
  resource.set_name(object.name);
  SetStack(object.labels, resource);
  SetLabels(object.labels, resource);
  return resource;
}

v1::ResourceRef SwarmResource(const v1::Cluster& cluster) {
  v1::ResourceRef resource;
  resource.set_kind(v1::RESOURCE_KIND_SWARM);
  resource.set_id(cluster.id());
  resource.set_name(cluster.name());
  return resource;
}

v1::ServiceSummary SummarizeService(const Service& service, const Json& spec, const Known& known) {
  v1::ServiceSummary summary;
  summary.set_image(Show(service.image));
  *summary.mutable_mode() = service.mode;
  for (const Json& port : At(spec, {"EndpointSpec", "Ports"})) {
    summary.add_published_ports(Show(PortText(port)));
  }
  for (const Json& network : At(spec, {"TaskTemplate", "Networks"})) {
    Json target = network;
    if (target.is_object()) target = {{"Target", At(network, {"Target"})}};
    summary.add_networks(Show(NetworkText(target, known.network_names)));
  }
  const Json& limits = At(spec, {"TaskTemplate", "Resources", "Limits"});
  if (const Json& memory = At(limits, {"MemoryBytes"}); memory.is_number() && memory != 0) {
    summary.set_memory_limit(BytesText(memory));
  }
  if (const Json& cpus = At(limits, {"NanoCPUs"}); cpus.is_number() && cpus != 0) {
    summary.set_cpu_limit(CpuText(cpus));
  }
  return summary;
}

v1::NodeSummary SummarizeNode(const Node& node, const Known& known,
                              const std::optional<Objects<Task>>& tasks) {
  constexpr std::size_t kMostServices = 20;
  v1::NodeSummary summary;
  summary.set_id(node.id);
  summary.set_hostname(NodeName(known, node));
  summary.set_role(node.role);
  summary.set_availability(node.availability);
  summary.set_state(node.state);
  summary.set_address(node.address);
  summary.set_engine_version(node.engine_version);
  if (!tasks) return summary;
  std::uint32_t running = 0;
  std::uint32_t global = 0;
  std::set<std::string> services;
  for (const auto& [id, task] : *tasks) {
    if (task->node_id != node.id || task->state != v1::TASK_STATE_RUNNING) continue;
    const Service* service = FindService(known, task->service_id);
    if (service != nullptr) services.insert(service->name);
    ++(service != nullptr && IsGlobal(*service) ? global : running);
  }
  summary.set_running_tasks(running);
  summary.set_global_tasks(global);
  for (const std::string& name : services) {
    if (static_cast<std::size_t>(summary.services_size()) < kMostServices) summary.add_services(name);
  }
  return summary;
}

v1::TaskSummary SummarizeTask(const Task& task, const Known& known) {
  const Service* service = FindService(known, task.service_id);
  v1::TaskSummary summary;
  summary.set_id(task.id);
  summary.set_name(TaskName(task, service));
  summary.set_service_id(task.service_id);
  if (service != nullptr) summary.set_service_name(service->name);
  summary.set_node_id(task.node_id);
  summary.set_node_hostname(NodeName(known, task.node_id));
  summary.set_state(task.state);
  summary.set_error(Show(task.error));
  if (task.exit_code) summary.set_exit_code(*task.exit_code);
  summary.set_container_id(task.container_id);
  summary.set_image(Show(task.image));
  if (task.state_time) *summary.mutable_state_time() = ToProto(*task.state_time);
  return summary;
}

const Service* FindService(const Known& known, const std::string& id) { return Find(known.services, id); }

// Older engines write it into the message, newer ones into the error.
bool LostConstraints(const Task& task) {
  static constexpr char kLost[] = "assigned node no longer meets constraints";
  return task.state == v1::TASK_STATE_REJECTED && (task.error == kLost || task.message == kLost);
}

bool HasFailed(const Task& task) {
  return task.state == v1::TASK_STATE_FAILED ||
         (task.state == v1::TASK_STATE_REJECTED && !LostConstraints(task));
}

bool IsJob(const Service& service) {
  return service.mode.kind() == v1::SERVICE_MODE_KIND_REPLICATED_JOB ||
         service.mode.kind() == v1::SERVICE_MODE_KIND_GLOBAL_JOB;
}

bool IsWanted(const Task& task) {
  return task.desired_state == v1::TASK_STATE_RUNNING || task.desired_state == v1::TASK_STATE_READY;
}

bool IsUnschedulable(const Task& task) {
  const bool wanted = IsWanted(task) || task.desired_state == v1::TASK_STATE_COMPLETE;
  return wanted && task.state == v1::TASK_STATE_PENDING && !task.error.empty();
}

const Task* LastTrouble(const TaskList& tasks, std::optional<absl::Time> since) {
  const Task* last = nullptr;
  for (const Task* task : tasks) {
    if (!HasFailed(*task) && !IsUnschedulable(*task)) continue;
    if (since && task->created_at < since) continue;
    if (last == nullptr || task->version > last->version) last = task;
  }
  return last;
}

}  // namespace swarmbell
