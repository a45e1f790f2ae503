#include "collector/diff/spec_shape.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace swarmbell {
namespace {

using Json = nlohmann::json;

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

bool IsFreeMap(std::string_view key) {
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
  if (!before.is_object() || !now.is_object() || IsFreeMap(key)) return;
  DropUnshared(before, now);
  DropUnshared(now, before);
  for (auto field = now.begin(); field != now.end(); ++field) {
    KeepShared(field.key(), before[field.key()], *field);
  }
}

}  // namespace

Json ParseSpec(const std::string& spec) {
  Json parsed = Json::parse(spec, nullptr, false);
  if (!parsed.is_object()) return Json::object();
  MoveNetworks(parsed);
  return parsed;
}

void KeepSharedKeys(Json& before, Json& now) { KeepShared("", before, now); }

}  // namespace swarmbell
