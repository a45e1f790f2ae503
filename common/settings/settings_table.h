#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "common/settings/secret.h"
#include "common/settings/setting.h"
#include "common/settings/yaml_node.h"

namespace swarmbell {

// The variable that a setting fills. Its type is the setting's type: a YamlNode takes a structured part, an
// optional stays unset when nothing is given.
using SettingTarget =
    std::variant<std::string*, SecretString*, bool*, std::optional<bool>*, int*, std::size_t*,
                 absl::Duration*, std::vector<std::string>*, std::map<std::string, std::string>*, YamlNode*>;

// The settings of a program, or the keys of a structured part, each with the variable that it fills. This is
// the one place where a setting is written: a new one is a member of a struct, which gives the type and the
// default, and one Add(). The variables must live as long as the table loads or shows values.
class SettingsTable {
 public:
  // `about` says the rest, if there is any.
  void Add(const SettingTarget& target, std::string path, std::string help, Setting about = {});

  const std::vector<Setting>& Rows() const { return rows_; }
  // The setting that fills a variable. Asking for a variable that none fills is a bug and aborts.
  const Setting& Of(const void* variable) const;

  // Puts a value that was checked into the variable of a row; a list as a list, everything else as a scalar.
  void Put(std::size_t row, const YamlNode& value) const;
  // The variables that differ from their defaults, as the map that would give them these values.
  YamlNode Show() const;

 private:
  std::vector<Setting> rows_;
  std::vector<SettingTarget> targets_;
};

}  // namespace swarmbell
