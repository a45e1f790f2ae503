#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/normalize.h"
#include "collector/snapshot/object_readers.h"
#include "collector/snapshot/service_mode.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

v1::UpdateState ParseUpdateState(const std::string& state) {
  if (state == "updating") return v1::UPDATE_STATE_UPDATING;
  if (state == "paused") return v1::UPDATE_STATE_PAUSED;
  if (state == "completed") return v1::UPDATE_STATE_COMPLETED;
  if (state == "rollback_started") return v1::UPDATE_STATE_ROLLBACK_STARTED;
  if (state == "rollback_paused") return v1::UPDATE_STATE_ROLLBACK_PAUSED;
  if (state == "rollback_completed") return v1::UPDATE_STATE_ROLLBACK_COMPLETED;
  return v1::UPDATE_STATE_UNSPECIFIED;
}

std::optional<UpdateStatus> ReadUpdateStatus(const JsonFields& service, const Masker& masker) {
  if (!service.Has("UpdateStatus")) return std::nullopt;
  const JsonFields fields = service.Object("UpdateStatus");
  UpdateStatus status;
  status.state = ParseUpdateState(fields.Text("State"));
  status.started_at = fields.Time("StartedAt");
  status.completed_at = fields.Time("CompletedAt");
  status.message = masker.MaskMessage(fields.Text("Message"));
  // {} is how some engines say that no update has run.
  if (!fields.Has("State") && !status.started_at) return std::nullopt;
  return status;
}

std::string NormalSpec(const Json* spec, const Masker& masker, const IgnoredLabels& ignored) {
  if (spec == nullptr) return {};
  Json copy = *spec;
  ignored.RemoveFromSpec(copy);
  NormalizeSpec(copy);
  masker.MaskSpec(copy);
  std::string text = copy.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.shrink_to_fit();  // it is kept
  return text;
}

}  // namespace

v1::ServiceMode ReadServiceMode(const JsonFields& mode) {
  v1::ServiceMode result;
  if (mode.Has("Replicated")) {
    result.set_kind(v1::SERVICE_MODE_KIND_REPLICATED);
    result.set_replicas(mode.Object("Replicated").Count("Replicas"));
  } else if (mode.Has("Global")) {
    result.set_kind(v1::SERVICE_MODE_KIND_GLOBAL);
  } else if (mode.Has("ReplicatedJob")) {
    result.set_kind(v1::SERVICE_MODE_KIND_REPLICATED_JOB);
    const JsonFields job = mode.Object("ReplicatedJob");
    if (job.Has("TotalCompletions")) result.set_replicas(job.Count("TotalCompletions"));
    if (job.Has("MaxConcurrent")) result.set_max_concurrent(job.Count("MaxConcurrent"));
  } else if (mode.Has("GlobalJob")) {
    result.set_kind(v1::SERVICE_MODE_KIND_GLOBAL_JOB);
  }
  return result;
}

absl::StatusOr<Service> ReadService(const Json& object, const Masker& masker, const IgnoredLabels& ignored) {
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
  service.image = spec.Object("TaskTemplate").Object("ContainerSpec").Text("Image");
  service.update_status = ReadUpdateStatus(fields, masker);
  fields.Object("PreviousSpec");
  if (!status.ok()) return status;
  service.spec = NormalSpec(fields.Find("Spec"), masker, ignored);
  service.previous_spec = TextPatch(NormalSpec(fields.Find("PreviousSpec"), masker, ignored), service.spec);
  return service;
}

}  // namespace swarmbell
