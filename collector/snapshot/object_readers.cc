#include "collector/snapshot/object_readers.h"

#include <google/protobuf/generated_enum_reflection.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/snapshot/json_fields.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

// Reads a word of the engine, for example `rollback_started`, as the enumerator of that name; unspecified for
// a word without one.
template <typename Enum>
Enum ReadEnum(const JsonFields& fields, const char* name) {
  constexpr std::string_view kUnspecified = "UNSPECIFIED";
  const std::string word = fields.Text(name);
  const auto* type = google::protobuf::GetEnumDescriptor<Enum>();
  std::string enumerator(type->FindValueByNumber(0)->name());
  enumerator.replace(enumerator.size() - kUnspecified.size(), kUnspecified.size(),
                     absl::AsciiStrToUpper(word));
  const auto* value = type->FindValueByName(enumerator);
  const bool known = value != nullptr && absl::AsciiStrToLower(word) == word;
  return known ? static_cast<Enum>(value->number()) : Enum();
}

std::optional<UpdateStatus> ReadUpdateStatus(const JsonFields& service, const Masker& masker) {
  if (!service.Has("UpdateStatus")) return std::nullopt;
  const JsonFields fields = service.Object("UpdateStatus");
  UpdateStatus status;
  status.state = ReadEnum<v1::UpdateState>(fields, "State");
  status.started_at = fields.Time("StartedAt");
  status.completed_at = fields.Time("CompletedAt");
  status.message = masker.MaskMessage(fields.Text("Message"));
  // Some engines send {} if no update has run.
  if (!fields.Has("State") && !status.started_at) return std::nullopt;
  return status;
}

// Converts a `Spec` to the form that Service keeps. Sets the members of `service` that come from its own
// spec.
std::string NormalSpec(Json spec, const Masker& masker, const IgnoredLabels& ignored,
                       Service* service = nullptr) {
  if (spec.is_null()) return {};
  NormalizeSpec(spec);
  if (service != nullptr) {
    ReadRunSettings(spec, *service);
    // Before labels are removed and secrets are masked: the tasks have both.
    service->template_fingerprint = FingerprintTemplate(spec.value("TaskTemplate", Json()));
  }
  ignored.RemoveFromSpec(spec);
  masker.MaskSpec(spec);
  std::string text = spec.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.shrink_to_fit();  // it is kept
  return text;
}

// The engine reports 0 for a container that never ran, -1 while it does not know the code, and invents 127 or
// 128 when it could not start the container.
std::optional<std::int32_t> ExitCode(const Task& task, const JsonFields& container) {
  const std::int64_t code = container.Number("ExitCode").value_or(0);
  if (task.container_id.empty() || code == -1) return {};
  const bool stopped = task.state == v1::TASK_STATE_COMPLETE || task.state == v1::TASK_STATE_SHUTDOWN;
  const bool failed = task.state == v1::TASK_STATE_FAILED && code != 0 &&
                      !absl::StartsWith(task.error.str(), "starting container failed");
  if (!stopped && !failed) return {};
  return ToExitCode(code);
}

// True for the entry of a plain container that uses an attachable network: it has no service and runs
// nothing.
bool IsAttachment(const Json& task) {
  const auto spec = task.find("Spec");
  return spec != task.end() && spec->is_object() && spec->contains("NetworkAttachmentSpec") &&
         !(*spec)["NetworkAttachmentSpec"].is_null();
}

// The status of a leader may have the address 0.0.0.0 for a while; its manager address is correct.
std::string NodeAddress(const JsonFields& fields) {
  const std::string address = fields.Object("Status").Text("Addr");
  if (!address.empty() && address != "0.0.0.0") return address;
  const std::string manager = fields.Object("ManagerStatus").Text("Addr");
  const std::string host = manager.substr(0, manager.rfind(':'));
  return host == "0.0.0.0" ? std::string() : host;
}

// `/web` of the names `["/other/alias", "/web"]`; links give a container further names.
std::string ContainerName(const JsonFields& fields, absl::Status* status) {
  const Json* names = fields.Find("Names");
  if (names == nullptr) return {};
  std::string best;
  for (const auto& entry : *names) {
    if (!entry.is_string()) {
      if (status->ok())
        *status = absl::InvalidArgumentError(absl::StrCat(fields.Path(), ".Names is not texts"));
      return {};
    }
    auto name = entry.get<std::string>();
    if (name.rfind('/', 0) == 0) name.erase(0, 1);
    if (best.empty() || (best.find('/') != std::string::npos && name.find('/') == std::string::npos)) {
      best = name;
    }
  }
  return best;
}

}  // namespace

absl::StatusOr<Service> ReadService(Json object, const Masker& masker, const IgnoredLabels& ignored) {
  absl::Status status;
  const std::string id = JsonFields(object, "a service", &status).Text("ID");
  const JsonFields fields(object, absl::StrCat("service `", id, "`: "), &status);
  const JsonFields spec = fields.Object("Spec");
  Service service;
  service.id = id;
  service.version = fields.Object("Version").Count("Index");
  service.name = spec.Text("Name");
  service.labels = spec.TextMap("Labels");
  if (const auto stack = service.labels.find("com.docker.stack.namespace"); stack != service.labels.end()) {
    service.stack = stack->second;
  }
  masker.MaskLabels(service.labels);
  service.created_at = fields.Time("CreatedAt");
  service.updated_at = fields.Time("UpdatedAt");
  service.mode = ReadServiceMode(spec.Object("Mode"));
  service.image = masker.MaskImage(spec.Object("TaskTemplate").Object("ContainerSpec").Text("Image"));
  service.policy = ReadTaskPolicy(spec.Object("TaskTemplate"));
  service.job_iteration = fields.Object("JobStatus").Object("JobIteration").Count("Index");
  service.update_status = ReadUpdateStatus(fields, masker);
  fields.Object("PreviousSpec");
  if (!status.ok()) return status;
  service.spec = NormalSpec(std::move(object["Spec"]), masker, ignored, &service);
  service.previous_spec =
      TextPatch(NormalSpec(std::move(object["PreviousSpec"]), masker, ignored), service.spec);
  return service;
}

absl::StatusOr<std::optional<Task>> ReadTask(Json object, const Masker& masker, TextPool& texts) {
  if (IsAttachment(object)) return std::optional<Task>();
  absl::Status status;
  const std::string id = JsonFields(object, "a task", &status).Text("ID");
  const JsonFields fields(object, absl::StrCat("task `", id, "`: "), &status);
  const JsonFields task_status = fields.Object("Status");
  const JsonFields container = task_status.Object("ContainerStatus");
  Task task;
  task.id = id;
  task.version = fields.Object("Version").Count("Index");
  task.service_id = texts.Share(fields.Text("ServiceID"));
  task.node_id = texts.Share(fields.Text("NodeID"));
  task.slot = fields.Count("Slot");
  task.state = ReadEnum<v1::TaskState>(task_status, "State");
  task.desired_state = ReadEnum<v1::TaskState>(fields, "DesiredState");
  task.error = texts.Share(masker.MaskMessage(task_status.Text("Err")));
  task.message = texts.Share(masker.MaskMessage(task_status.Text("Message")));
  task.container_id = container.Text("ContainerID");
  task.exit_code = ExitCode(task, container);
  task.image = texts.Share(masker.MaskImage(fields.Object("Spec").Object("ContainerSpec").Text("Image")));
  task.state_time = task_status.Time("Timestamp");
  task.created_at = fields.Time("CreatedAt");
  task.job_iteration = fields.Object("JobIteration").Count("Index");
  if (!status.ok()) return status;
  Json task_template = std::move(object["Spec"]);
  NormalizeSpec(task_template);
  task.spec_fingerprint = FingerprintTemplate(std::move(task_template));
  return task;
}

absl::StatusOr<Node> ReadNode(Json object, const Masker& masker, const IgnoredLabels& ignored) {
  absl::Status status;
  const std::string id = JsonFields(object, "a node", &status).Text("ID");
  const JsonFields fields(object, absl::StrCat("node `", id, "`: "), &status);
  const JsonFields spec = fields.Object("Spec");
  const JsonFields description = fields.Object("Description");
  Node node;
  node.id = id;
  node.version = fields.Object("Version").Count("Index");
  node.hostname = description.Text("Hostname");
  node.role = ReadEnum<v1::NodeRole>(spec, "Role");
  node.availability = ReadEnum<v1::NodeAvailability>(spec, "Availability");
  node.state = ReadEnum<v1::NodeState>(fields.Object("Status"), "State");
  node.state_message = masker.MaskMessage(fields.Object("Status").Text("Message"));
  node.address = NodeAddress(fields);
  node.engine_version = description.Object("Engine").Text("EngineVersion");
  node.labels = spec.TextMap("Labels");
  ignored.RemoveFrom(node.labels);
  masker.MaskLabels(node.labels);
  node.reachability = ReadEnum<v1::NodeReachability>(fields.Object("ManagerStatus"), "Reachability");
  node.leader = fields.Object("ManagerStatus").Flag("Leader");
  node.created_at = fields.Time("CreatedAt");
  node.updated_at = fields.Time("UpdatedAt");
  if (!status.ok()) return status;
  return node;
}

absl::StatusOr<SharedObject> ReadFile(const Json& object, const Masker& masker, const char* kind) {
  absl::Status status;
  const JsonFields fields(object, kind, &status);
  const JsonFields spec = fields.Object("Spec");
  SharedObject file;
  file.id = fields.Text("ID");
  file.version = fields.Object("Version").Count("Index");
  file.name = spec.Text("Name");
  file.labels = spec.TextMap("Labels");
  masker.MaskLabels(file.labels);
  file.created_at = fields.Time("CreatedAt");
  if (!status.ok()) return status;
  return file;
}

absl::StatusOr<SharedObject> ReadNetwork(const Json& object, const Masker& masker) {
  absl::Status status;
  const JsonFields fields(object, "a network", &status);
  SharedObject network;
  network.id = fields.Text("Id");
  network.name = fields.Text("Name");
  network.labels = fields.TextMap("Labels");
  masker.MaskLabels(network.labels);
  network.driver = fields.Text("Driver");
  network.attachable = fields.Flag("Attachable");
  network.internal = fields.Flag("Internal");
  network.of_swarm = fields.Text("Scope") == "swarm";
  if (!status.ok()) return status;
  return network;
}

absl::StatusOr<Container> ReadContainer(Json object, const Masker& masker) {
  absl::Status status;
  const std::string id = JsonFields(object, "a container", &status).Text("Id");
  const JsonFields fields(object, absl::StrCat("container `", id, "`: "), &status);
  Container container;
  container.id = id;
  container.name = ContainerName(fields, &status);
  container.image = masker.MaskImage(fields.Text("Image"));
  container.state = fields.Text("State");
  container.status = masker.MaskMessage(fields.Text("Status"));
  container.labels = fields.TextMap("Labels");
  masker.MaskLabels(container.labels);
  // Up to the year 9999; see JsonFields::Time().
  constexpr std::int64_t kLastSecond = 253'402'300'799;
  if (const auto created = fields.Number("Created").value_or(0); created > 0 && created <= kLastSecond) {
    container.created_at = absl::FromUnixSeconds(created);
  }
  if (!status.ok()) return status;
  return container;
}

}  // namespace swarmbell
