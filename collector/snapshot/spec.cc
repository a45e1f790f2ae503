#include "collector/snapshot/spec.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/glob/glob.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

enum class Empty { kDrop, kKeep };

bool MeansNothing(const Json& value, Empty empty) {
  return value.is_null() || (empty == Empty::kDrop && value.is_structured() && value.empty());
}

void Normalize(Json& value, Empty empty) {
  if (value.is_array()) {
    for (Json& entry : value) Normalize(entry, empty);
  }
  if (!value.is_object()) return;
  for (auto field = value.begin(); field != value.end();) {
    Normalize(*field, empty);
    field = MeansNothing(*field, empty) ? value.erase(field) : std::next(field);
  }
}

void MoveNetworks(Json& spec) {
  const auto networks = spec.find("Networks");
  if (networks == spec.end() || !networks->is_array()) return;
  Json& task_template = spec["TaskTemplate"];
  if (!task_template.is_object() && !task_template.is_null()) return;
  if (!task_template.contains("Networks")) {
    task_template["Networks"] = std::move(*networks);
  } else if (task_template["Networks"].is_array()) {
    Json& target = task_template["Networks"];
    for (Json& network : *networks) {
      if (std::find(target.begin(), target.end(), network) == target.end()) target.push_back(network);
    }
  } else {
    return;
  }
  spec.erase("Networks");
}

bool IsKeyedByUsers(std::string_view key) {
  return key == "Labels" || key == "Options" || key == "DriverOpts" || key == "Sysctls" || key == "Mode";
}

void DropUnshared(Json& from, const Json& other) {
  for (auto field = from.begin(); field != from.end();) {
    field = other.contains(field.key()) ? std::next(field) : from.erase(field);
  }
}

void KeepShared(std::string_view key, Json& before, Json& now) {
  if (before.is_array() && now.is_array() && before.size() == now.size()) {
    for (std::size_t i = 0; i < now.size(); ++i) KeepShared("", before[i], now[i]);
  }
  if (!before.is_object() || !now.is_object() || IsKeyedByUsers(key)) return;
  DropUnshared(before, now);
  DropUnshared(now, before);
  for (auto field = now.begin(); field != now.end(); ++field) {
    KeepShared(field.key(), before[field.key()], *field);
  }
}

// The engine's defaults, where neither the service nor the image sets others.
constexpr absl::Duration kCheckInterval = absl::Seconds(30);
constexpr std::uint64_t kCheckRetries = 3;

// Nobody waits for more retries.
constexpr std::uint64_t kMostRetries = 1000;

RestartCondition ParseCondition(const std::string& condition) {
  if (condition == "none") return RestartCondition::kNone;
  if (condition == "on-failure") return RestartCondition::kOnFailure;
  return RestartCondition::kAny;
}

absl::Duration PositiveNanoseconds(const JsonFields& fields, const char* name) {
  return absl::Nanoseconds(std::max<std::int64_t>(0, fields.Number(name).value_or(0)));
}

// `["NONE"]` disables the image's health check.
bool IsDisabled(const JsonFields& health_check) {
  const Json* test = health_check.Find("Test");
  return test != nullptr && test->is_array() && !test->empty() && test->front() == "NONE";
}

RunConfig ReadRunConfig(const Json& spec, const char* name) {
  const auto found = spec.find(name);
  RunConfig config;
  if (found == spec.end()) return config;
  const auto number = [&](const char* field_name) -> std::int64_t {
    const auto field = found->find(field_name);
    return field != found->end() && field->is_number_integer() ? field->get<std::int64_t>() : 0;
  };
  config.parallelism = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number("Parallelism")));
  config.delay = absl::Nanoseconds(number("Delay"));
  if (number("Monitor") > 0) config.monitor = absl::Nanoseconds(number("Monitor"));
  return config;
}

std::string Text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::uint64_t Hash(const std::string& text) { return XXH3_64bits(text.data(), text.size()); }

// Removes a field from an object and returns it; null if there is none.
Json Extract(Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  Json value = std::move(*found);
  object.erase(found);
  return value;
}

}  // namespace

bool IgnoredLabels::Has(std::string_view name) const {
  return std::ranges::any_of(globs_, [name](const std::string& glob) { return GlobMatch(glob, name); });
}

void IgnoredLabels::RemoveFromSpec(Json& spec) const {
  if (globs_.empty()) return;
  for (const char* place : {"/Labels", "/TaskTemplate/ContainerSpec/Labels"}) {
    const Json::json_pointer labels(place);
    if (!spec.contains(labels) || !spec[labels].is_object()) continue;
    Json kept = Json::object();
    for (auto& [name, value] : spec[labels].items()) {
      if (!Has(name)) kept[name] = std::move(value);
    }
    // No labels and an empty list of labels mean the same.
    if (kept.empty()) {
      spec[labels.parent_pointer()].erase("Labels");
    } else {
      spec[labels] = std::move(kept);
    }
  }
}

void IgnoredLabels::RemoveFrom(std::map<std::string, std::string>& labels) const {
  std::erase_if(labels, [this](const auto& label) { return Has(label.first); });
}

void NormalizeSpec(Json& spec) {
  if (!spec.is_object()) return;
  Json mode = Extract(spec, "Mode");
  Normalize(spec, Empty::kDrop);
  Normalize(mode, Empty::kKeep);
  if (mode.is_null()) return;
  spec["Mode"] = std::move(mode);
}

Json ParseSpec(const std::string& spec) {
  Json parsed = Json::parse(spec, nullptr, false);
  if (!parsed.is_object()) return Json::object();
  MoveNetworks(parsed);
  return parsed;
}

void KeepSharedKeys(Json& before, Json& now) { KeepShared("", before, now); }

TaskPolicy ReadTaskPolicy(const JsonFields& task_template) {
  TaskPolicy policy;
  const JsonFields restart = task_template.Object("RestartPolicy");
  policy.restart = ParseCondition(restart.Text("Condition"));
  policy.max_attempts = restart.Count("MaxAttempts");
  const JsonFields container = task_template.Object("ContainerSpec");
  const JsonFields check = container.Object("Healthcheck");
  if (IsDisabled(check)) return policy;
  policy.health_check = container.Has("Healthcheck");
  const absl::Duration interval = PositiveNanoseconds(check, "Interval");
  const std::uint64_t retries = std::min(check.Count("Retries"), kMostRetries);
  policy.start_grace = (interval > absl::ZeroDuration() ? interval : kCheckInterval) *
                           static_cast<double>(retries > 0 ? retries : kCheckRetries) +
                       PositiveNanoseconds(check, "StartPeriod");
  return policy;
}

void ReadRunSettings(const Json& spec, Service& service) {
  static const Json::json_pointer kPorts("/EndpointSpec/Ports");
  service.update_config = ReadRunConfig(spec, "UpdateConfig");
  service.rollback_config = ReadRunConfig(spec, "RollbackConfig");
  service.publishes_ports = spec.contains(kPorts) && !spec[kPorts].empty();
}

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

TemplateFingerprint FingerprintTemplate(Json task_template) {
  if (!task_template.is_object()) return {};
  // The engine names the runtime of a service, and omits it from the tasks that it creates from it.
  Extract(task_template, "Runtime");
  const Json placement = Extract(task_template, "Placement");
  std::string text = Text(task_template);
  TemplateFingerprint fingerprint;
  fingerprint.unplaced = Hash(text);
  fingerprint.whole = Hash(text += Text(placement));
  return fingerprint;
}

}  // namespace swarmbell
