#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace swarmbell {

// One value that is told on its own: a setting, or an entry of a list or map.
struct FieldEntry {
  std::string name;
  // Tells the entries of one list or map apart; two entries with one key are one setting that changed.
  std::string key;
  std::string text;
  // The value; borrowed.
  const nlohmann::json* value = nullptr;
};

// All entries at one path.
struct FieldGroup {
  std::string group;
  std::string path;
  bool ordered = false;  // whether the order of the entries is a setting, too
  std::vector<FieldEntry> entries;
};

// By the order to tell them in, then by path.
using FieldGroups = std::map<std::pair<std::size_t, std::string>, FieldGroup>;

// Takes a part of a service's `Spec` apart, down to every last leaf. `path` is where the part is below
// `Spec`; empty for the whole. The result borrows from `spec`.
FieldGroups GroupFields(const nlohmann::json& spec, const std::string& path,
                        const std::map<std::string, std::string>& network_names);

}  // namespace swarmbell
