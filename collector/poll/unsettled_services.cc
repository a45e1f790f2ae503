#include "collector/poll/unsettled_services.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "collector/snapshot/spec.h"

namespace swarmbell {
namespace {

bool IsSameRun(const std::optional<UpdateStatus>& before, const std::optional<UpdateStatus>& now) {
  if (!before || !now) return before.has_value() == now.has_value();
  return before->started_at == now->started_at && before->state == now->state;
}

bool HasNoTasks(const nlohmann::json& spec) {
  static const nlohmann::json::json_pointer kReplicas("/Mode/Replicated/Replicas");
  return spec.contains(kReplicas) && spec[kReplicas] == 0;
}

// True if the engine replaces tasks because of the difference.
bool StartsRun(const Service& before, const Service& now) {
  const nlohmann::json old_spec = ParseSpec(before.spec);
  const nlohmann::json new_spec = ParseSpec(now.spec);
  if (HasNoTasks(old_spec) && HasNoTasks(new_spec)) return false;
  const nlohmann::json none;
  const auto differs = [&](const char* part) {
    return old_spec.value(part, none) != new_spec.value(part, none);
  };
  return differs("TaskTemplate") || differs("EndpointSpec");
}

}  // namespace

ServiceIds UnsettledServices(const Objects<Service>& before, const Objects<Service>& now) {
  ServiceIds ids;
  for (const std::string& id : DifferentServices(before, now)) {
    const auto old = before.find(id);
    const auto found = now.find(id);
    if (old == before.end() || found == now.end()) continue;
    const Service& was = *(*old).second;
    const Service& is = *(*found).second;
    if (was.spec != is.spec && IsSameRun(was.update_status, is.update_status) && StartsRun(was, is))
      ids.insert(id);
  }
  return ids;
}

}  // namespace swarmbell
