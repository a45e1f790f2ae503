#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/settings/problems.h"
#include "common/settings/yaml_node.h"

namespace swarmbell {

// Reads a map of a structured setting key by key, and tells what it holds besides. Problems never show a
// value unless the caller does.
class MapReader {
 public:
  // `name` is what problems call the map, e.g. `rules[2].match`. A node that is no map is a problem, and then
  // like an empty map; a null node is an empty map. `node` must live as long as this.
  MapReader(const YamlNode& node, std::string name, Problems& problems);

  // The value of a key; null if it is absent or null.
  const YamlNode* Child(const std::string& key);
  // A single value; empty if absent.
  std::string Text(const std::string& key);
  // A single value or a list of such; empty if absent.
  std::vector<std::string> Words(const std::string& key);
  bool Bool(const std::string& key, bool if_absent);

  // Tells a problem of the value of a key.
  void Fault(const std::string& key, const std::string& what);
  // Tells a problem of the map as a whole.
  void Fault(const std::string& what);
  // Tells every key that was not asked for. To be called once, at the end.
  void Finish();

  std::string Name(const std::string& key) const;

 private:
  const YamlNode& node_;
  std::string name_;
  Problems& problems_;
  std::set<std::string> asked_;
};

}  // namespace swarmbell
