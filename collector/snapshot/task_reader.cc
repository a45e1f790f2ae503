#include <xxhash.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/snapshot/exit_code.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/normalize.h"
#include "collector/snapshot/object_readers.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

v1::TaskState ParseState(const std::string& state) {
  static const auto* const states = new std::map<std::string, v1::TaskState>{
      {"new", v1::TASK_STATE_NEW},           {"allocated", v1::TASK_STATE_ALLOCATED},
      {"pending", v1::TASK_STATE_PENDING},   {"assigned", v1::TASK_STATE_ASSIGNED},
      {"accepted", v1::TASK_STATE_ACCEPTED}, {"preparing", v1::TASK_STATE_PREPARING},
      {"ready", v1::TASK_STATE_READY},       {"starting", v1::TASK_STATE_STARTING},
      {"running", v1::TASK_STATE_RUNNING},   {"complete", v1::TASK_STATE_COMPLETE},
      {"shutdown", v1::TASK_STATE_SHUTDOWN}, {"failed", v1::TASK_STATE_FAILED},
      {"rejected", v1::TASK_STATE_REJECTED}, {"remove", v1::TASK_STATE_REMOVE},
      {"orphaned", v1::TASK_STATE_ORPHANED}};
  const auto found = states->find(state);
  return found == states->end() ? v1::TASK_STATE_UNSPECIFIED : found->second;
}

// The engine gives 0 for a container that never ran, -1 for one whose code it does not know yet, and makes
// up 127 or 128 when it could not start one.
std::optional<std::int32_t> ExitCode(const Task& task, const JsonFields& container) {
  const std::int64_t code = container.Number("ExitCode").value_or(0);
  if (task.container_id.empty() || code == -1) return {};
  const bool stopped = task.state == v1::TASK_STATE_COMPLETE || task.state == v1::TASK_STATE_SHUTDOWN;
  const bool failed = task.state == v1::TASK_STATE_FAILED && code != 0 &&
                      !absl::StartsWith(task.error.str(), "starting container failed");
  if (!stopped && !failed) return {};
  return ToExitCode(code);
}

std::uint64_t Fingerprint(const Json* spec) {
  if (spec == nullptr) return 0;
  Json copy = *spec;
  NormalizeSpec(copy);
  const std::string text = copy.dump(-1, ' ', false, Json::error_handler_t::replace);
  return XXH3_64bits(text.data(), text.size());
}

// How an attachable network lists a plain container that uses it: no service, and nothing to run.
bool IsAttachment(const Json& task) {
  const auto spec = task.find("Spec");
  return spec != task.end() && spec->is_object() && spec->contains("NetworkAttachmentSpec") &&
         !(*spec)["NetworkAttachmentSpec"].is_null();
}

}  // namespace

absl::StatusOr<std::optional<Task>> ReadTask(const Json& object, const Masker& masker, TextPool& texts) {
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
  task.state = ParseState(task_status.Text("State"));
  task.desired_state = ParseState(fields.Text("DesiredState"));
  task.error = texts.Share(masker.MaskMessage(task_status.Text("Err")));
  task.message = texts.Share(masker.MaskMessage(task_status.Text("Message")));
  task.container_id = container.Text("ContainerID");
  task.exit_code = ExitCode(task, container);
  task.image = texts.Share(fields.Object("Spec").Object("ContainerSpec").Text("Image"));
  task.state_time = task_status.Time("Timestamp");
  task.created_at = fields.Time("CreatedAt");
  if (!status.ok()) return status;
  task.spec_fingerprint = Fingerprint(fields.Find("Spec"));
  return task;
}

}  // namespace swarmbell
