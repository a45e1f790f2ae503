#include "collector/snapshot/task_policy.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace swarmbell {
namespace {

// The engine's own, where neither the service nor the image says otherwise.
constexpr absl::Duration kCheckInterval = absl::Seconds(30);
constexpr std::uint64_t kCheckRetries = 3;

// More would be no number of retries that anybody waits for.
constexpr std::uint64_t kMostRetries = 1000;

RestartCondition ParseCondition(const std::string& condition) {
  if (condition == "none") return RestartCondition::kNone;
  if (condition == "on-failure") return RestartCondition::kOnFailure;
  return RestartCondition::kAny;
}

absl::Duration PositiveNanoseconds(const JsonFields& fields, const char* name) {
  return absl::Nanoseconds(std::max<std::int64_t>(0, fields.Number(name).value_or(0)));
}

// `["NONE"]` switches the image's health check off.
bool IsSwitchedOff(const JsonFields& health_check) {
  const nlohmann::json* test = health_check.Find("Test");
  return test != nullptr && test->is_array() && !test->empty() && test->front() == "NONE";
}

}  // namespace

TaskPolicy ReadTaskPolicy(const JsonFields& task_template) {
  TaskPolicy policy;
  const JsonFields restart = task_template.Object("RestartPolicy");
  policy.restart = ParseCondition(restart.Text("Condition"));
  policy.max_attempts = restart.Count("MaxAttempts");
  const JsonFields container = task_template.Object("ContainerSpec");
  const JsonFields check = container.Object("Healthcheck");
  if (IsSwitchedOff(check)) return policy;
  policy.health_check = container.Has("Healthcheck");
  const absl::Duration interval = PositiveNanoseconds(check, "Interval");
  const std::uint64_t retries = std::min(check.Count("Retries"), kMostRetries);
  policy.start_grace = (interval > absl::ZeroDuration() ? interval : kCheckInterval) *
                           static_cast<double>(retries > 0 ? retries : kCheckRetries) +
                       PositiveNanoseconds(check, "StartPeriod");
  return policy;
}

}  // namespace swarmbell
