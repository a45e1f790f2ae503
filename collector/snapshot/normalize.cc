#include "collector/snapshot/normalize.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "collector/snapshot/masking.h"

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

}  // namespace

void NormalizeSpec(Json& spec) {
  if (!spec.is_object()) return;
  Json mode;
  if (const auto found = spec.find("Mode"); found != spec.end()) mode = std::move(*found);
  Normalize(spec, Empty::kDrop);
  Normalize(mode, Empty::kKeep);
  if (mode.is_null()) return;
  spec["Mode"] = std::move(mode);
}

void CleanTexts(Json& value) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (text.find_first_of("\x02\x03") != std::string::npos) text = WithoutMarkerCharacters(std::move(text));
  } else if (value.is_array()) {
    for (Json& entry : value) CleanTexts(entry);
  } else if (value.is_object()) {
    bool renamed = false;
    for (auto& [name, child] : value.items()) {
      CleanTexts(child);
      renamed = renamed || name.find_first_of("\x02\x03") != std::string::npos;
    }
    if (!renamed) return;
    Json clean = Json::object();
    for (auto& [name, child] : value.items()) clean[WithoutMarkerCharacters(name)] = std::move(child);
    value = std::move(clean);
  }
}

}  // namespace swarmbell
