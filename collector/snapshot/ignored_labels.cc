#include "collector/snapshot/ignored_labels.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/glob/glob.h"

namespace swarmbell {

bool IgnoredLabels::Has(std::string_view name) const {
  return std::ranges::any_of(globs_, [name](const std::string& glob) { return GlobMatch(glob, name); });
}

void IgnoredLabels::RemoveFromSpec(nlohmann::json& spec) const {
  if (globs_.empty()) return;
  for (const char* place : {"/Labels", "/TaskTemplate/ContainerSpec/Labels"}) {
    const nlohmann::json::json_pointer labels(place);
    if (!spec.contains(labels) || !spec[labels].is_object()) continue;
    nlohmann::json kept = nlohmann::json::object();
    for (auto& [name, value] : spec[labels].items()) {
      if (!Has(name)) kept[name] = std::move(value);
    }
    spec[labels] = std::move(kept);
  }
}

void IgnoredLabels::RemoveFrom(std::map<std::string, std::string>& labels) const {
  std::erase_if(labels, [this](const auto& label) { return Has(label.first); });
}

}  // namespace swarmbell
