#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/settings/problems.h"
#include "common/settings/secret.h"
#include "common/settings/setting.h"
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
  std::string text;  // for all types but kYaml, as the environment would write it
  std::shared_ptr<const YamlNode> yaml;
  std::string source = "default";  // `default`, `config.yml:3`, `environment SWARMBELL_POLL_INTERVAL`
  // The same for error messages, with the setting's name: `config.yml:3: poll.interval`.
  std::string label;
  std::string file{};  // whose content the value is; empty if it is given itself

  bool IsDefault() const { return source == "default"; }
};

// The values of every setting of a table. A value that had a problem has its default here. Asking for a path
// that the table lacks is a bug and aborts.
class Settings {
 public:
  // Merges, later ones winning: defaults, variables of other programs, the YAML file, the YAML in
  // SWARMBELL_CONFIG_YAML, the environment. A variable with `_FILE` appended, and for secrets a YAML key with
  // `_file` appended, names a file that holds the value. An empty variable counts as unset. Never fails: what
  // is wrong goes to `problems`, every fault of every source.
  static Settings Load(std::vector<Setting> table, const SettingsInput& input, Problems& problems);

  std::string String(std::string_view path) const;
  bool Bool(std::string_view path) const;
  absl::Duration Duration(std::string_view path) const;
  std::int64_t Int(std::string_view path) const;
  std::vector<std::string> List(std::string_view path) const;
  SecretString Secret(std::string_view path) const;
  // A null node when not set.
  std::shared_ptr<const YamlNode> Yaml(std::string_view path) const;

  // Whether it has a value other than the empty text.
  bool IsSet(std::string_view path) const;
  // The file whose content the value is, as `_FILE` or `_file` named it; empty if the value is given itself.
  std::string File(std::string_view path) const;
  // For error messages: where the value is, then the setting's name.
  std::string Where(std::string_view path) const;

  const std::vector<Setting>& Table() const { return table_; }
  const SettingValue& Value(std::string_view path) const;

 private:
  std::vector<Setting> table_;
  std::map<std::string, SettingValue, std::less<>> values_;  // by path
};

}  // namespace swarmbell
