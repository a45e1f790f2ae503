#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/settings/problems.h"
#include "common/settings/settings_table.h"
#include "common/settings/yaml_node.h"

namespace swarmbell {

// Where settings come from.
struct SettingsInput {
  std::string config_file;                         // --config; empty for none
  std::map<std::string, std::string> environment;  // all variables of the process

  // This process's environment.
  static SettingsInput FromProcess(std::string config_file);
};

// The value of one setting and where it came from.
struct SettingValue {
  YamlNode node;                   // a list for kList, the whole part for kRecords, else a scalar
  std::string source = "default";  // `default`, `config.yml:3`, `environment SWARMBELL_POLL_INTERVAL`
  // The same for error messages, with the setting's name: `config.yml:3: poll.interval`.
  std::string label;
  std::string file{};  // whose content the value is, as `_FILE` or `_file` named it; empty if given itself
};

// Where the value of every setting of a table came from. The values themselves are in the table's variables.
class Settings {
 public:
  // Merges, later ones winning: defaults, variables of other programs, the YAML file, the YAML in
  // SWARMBELL_CONFIG_YAML, the environment. A variable with `_FILE` appended, and for secrets a YAML key with
  // `_file` appended, names a file that holds the value. An empty variable counts as unset. Never fails: what
  // is wrong goes to `problems`, every fault of every source; a value that had a problem has its default.
  static Settings Load(const SettingsTable& table, const SettingsInput& input, Problems& problems);

  const std::vector<Setting>& Rows() const { return rows_; }
  const SettingValue& Value(const Setting& setting) const { return values_.find(setting.path)->second; }

 private:
  std::vector<Setting> rows_;
  std::map<std::string, SettingValue, std::less<>> values_;  // by path
};

// The names of the settings that have another value after than before; both are of the same table. Files that
// the parts of a structured setting name are not looked into.
std::vector<std::string> ChangedSettings(const Settings& before, const Settings& after);

}  // namespace swarmbell
