#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/settings/problems.h"
#include "common/settings/settings_table.h"
#include "common/settings/yaml_node.h"

namespace swarmbell {

// One map of a structured setting, such as a rule. Problems never show a value that may be a secret unless
// the caller does.
class Record {
 public:
  // Puts what the map holds into the variables of the table, and tells what is wrong: a key that the table
  // lacks, one that is required, a value of another shape or none of the choices, which is left out. `name`
  // is what problems call the map, e.g. `rules[2].match`. A null node is an empty map; everything must live
  // as long as this.
  Record(const SettingsTable& table, const YamlNode& node, std::string name, Problems& problems);

  // A key is named by the variable that it fills.
  bool Has(const void* variable) const { return Child(table_.Of(variable).path) != nullptr; }
  // True if no problem was reported for its value so far.
  bool IsGood(const void* variable) const { return !faulty_.contains(table_.Of(variable).path); }
  // `rules[2].match`
  std::string Name(const void* variable) const { return Name(table_.Of(variable).path); }
  // Tells a problem of the value of a key, or of the map as a whole.
  void Fault(const void* variable, const std::string& what) { FaultAt(table_.Of(variable).path, what); }
  void Fault(const std::string& what);

 private:
  std::string Name(const std::string& key) const { return name_ + "." + key; }
  // The value of a key; null if it is absent or null.
  const YamlNode* Child(const std::string& key) const;
  void FaultAt(const std::string& key, const std::string& what);
  void Read(std::size_t row);
  void ReadScalar(std::size_t row, const YamlNode& value);
  void ReadWords(std::size_t row, const YamlNode& value);
  void ReadTexts(std::size_t row, const YamlNode& value);
  void TellUnknownKeys();

  const SettingsTable& table_;
  const YamlNode& node_;
  const std::string name_;
  Problems& problems_;
  std::set<std::string> faulty_;
};

// The items of a setting that must be a list; none, and a problem, if it is not.
const std::vector<YamlNode>& ListItems(const YamlNode& node, std::string_view name, Problems& problems);

}  // namespace swarmbell
