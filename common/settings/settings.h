#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/settings/setting.h"
#include "common/settings/yaml.h"

namespace swarmbell {

// The sources of settings.
struct SettingsInput {
  std::string config_file;                         // --config; empty for none
  std::map<std::string, std::string> environment;  // all variables of the process

  // This process's environment.
  static SettingsInput FromProcess(std::string config_file);
};

// The value of one setting, and its source.
struct SettingValue {
  YamlNode node;                   // a list for kList, the whole part for kRecords, else a scalar
  std::string source = "default";  // `default`, `config.yml:3`, `environment SWARMBELL_POLL_INTERVAL`
  // The same for error messages, with the setting's name: `config.yml:3: poll.interval`.
  std::string label;
  std::string
      file{};  // the file that holds the value, as `_FILE` or `_file` named it; empty if given directly
};

// The values of all settings of a table, with their sources.
class Settings {
 public:
  // Loads and merges the sources, and stores the values in the table's variables. Later sources override
  // earlier ones: defaults, variables of other programs, the YAML file, the YAML in SWARMBELL_CONFIG_YAML,
  // the environment. A variable with `_FILE` appended, and for secrets a YAML key with `_file` appended,
  // names a file that holds the value. An empty variable counts as unset. Never fails: all problems of all
  // sources go to `problems`, and a value with a problem keeps its default.
  static Settings Load(const SettingsTable& table, const SettingsInput& input, Problems& problems);

  const std::vector<Setting>& Rows() const { return rows_; }
  const SettingValue& Value(const Setting& setting) const { return values_.find(setting.path)->second; }

 private:
  std::vector<Setting> rows_;
  std::map<std::string, SettingValue, std::less<>> values_;  // by path
};

// The names of the settings whose values differ; both must be of the same table. Does not compare the
// contents of files that a structured setting names.
std::vector<std::string> ChangedSettings(const Settings& before, const Settings& after);

}  // namespace swarmbell
