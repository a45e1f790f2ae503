#include "collector/diff/cronjob.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace swarmbell {
namespace {

constexpr char kEnabled[] = "swarm.cronjob.enable";
constexpr char kReplicas[] = "swarm.cronjob.replicas";
constexpr char kForcedUpdate[] = "TaskTemplate.ForceUpdate";

std::string Label(const Service& service, const char* name) {
  const auto found = service.labels.find(name);
  return found == service.labels.end() ? std::string() : absl::AsciiStrToLower(found->second);
}

std::uint64_t ReplicasOfRun(const Service& service) {
  std::uint64_t replicas = 0;
  return absl::SimpleAtoi(Label(service, kReplicas), &replicas) && replicas > 0 ? replicas : 1;
}

}  // namespace

bool IsCronjob(const Service& service) {
  const std::string enabled = Label(service, kEnabled);
  return enabled == "true" || enabled == "1";
}

bool IsCronjobRun(const Service& now, const std::vector<v1::FieldChange>& fields) {
  return IsCronjob(now) && std::all_of(fields.begin(), fields.end(), [](const v1::FieldChange& field) {
           return field.path() == kForcedUpdate;
         });
}

bool IsCronjobScale(const Service& before, const Service& now) {
  if (!IsCronjob(now) || now.mode.kind() != v1::SERVICE_MODE_KIND_REPLICATED) return false;
  const std::uint64_t run = ReplicasOfRun(now);
  const std::uint64_t from = before.mode.replicas();
  const std::uint64_t to = now.mode.replicas();
  return (from == 0 && to == run) || (from == run && to == 0);
}

}  // namespace swarmbell
