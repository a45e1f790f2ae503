#include "collector/diff/one_shots.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "collector/diff/spec_shape.h"
#include "collector/diff/summaries.h"

namespace swarmbell {
namespace {

constexpr char kEnabled[] = "swarm.cronjob.enable";
constexpr char kReplicas[] = "swarm.cronjob.replicas";
constexpr char kForcedUpdate[] = "TaskTemplate.ForceUpdate";

// A one-shot that may be tried again pulls its image and does its work within this time; what has run longer
// was meant to go on.
constexpr absl::Duration kLongRun = absl::Minutes(10);

std::string Label(const Service& service, const char* name) {
  const auto found = service.labels.find(name);
  return found == service.labels.end() ? std::string() : absl::AsciiStrToLower(found->second);
}

bool PublishesPorts(const Service& service) {
  static const nlohmann::json::json_pointer kPorts("/EndpointSpec/Ports");
  const nlohmann::json spec = ParseSpec(service.spec);
  return spec.contains(kPorts) && !spec[kPorts].empty();
}

bool RanForLong(const Task& task) {
  return task.created_at && task.state_time && *task.state_time - *task.created_at >= kLongRun;
}

std::uint64_t ReplicasOfRun(const Service& service) {
  std::uint64_t replicas = 0;
  return absl::SimpleAtoi(Label(service, kReplicas), &replicas) && replicas > 0 ? replicas : 1;
}

}  // namespace

bool IsScheduled(const Service& service) {
  const std::string enabled = Label(service, kEnabled);
  return enabled == "true" || enabled == "1";
}

bool IsOneShot(const Service& service) {
  return !IsJob(service) && service.policy.restart == RestartCondition::kNone;
}

bool RunsOnce(const Service& service) { return IsJob(service) || IsOneShot(service); }

bool IsDone(const Service& service, const Task& task) {
  if (task.state != v1::TASK_STATE_COMPLETE) return false;
  if (RunsOnce(service)) return true;
  if (service.policy.restart != RestartCondition::kOnFailure) return false;
  return !RanForLong(task) && !service.policy.health_check && !PublishesPorts(service);
}

bool IsScheduledRun(const Service& now, const std::vector<v1::FieldChange>& fields) {
  return IsScheduled(now) && std::all_of(fields.begin(), fields.end(), [](const v1::FieldChange& field) {
           return field.path() == kForcedUpdate;
         });
}

bool IsScheduledScale(const Service& before, const Service& now) {
  if (!IsScheduled(now) || now.mode.kind() != v1::SERVICE_MODE_KIND_REPLICATED) return false;
  const std::uint64_t run = ReplicasOfRun(now);
  const std::uint64_t from = before.mode.replicas();
  const std::uint64_t to = now.mode.replicas();
  return (from == 0 && to == run) || (from == run && to == 0);
}

}  // namespace swarmbell
