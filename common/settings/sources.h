#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/settings/settings.h"

namespace swarmbell {

// One source's value for one setting, checked.
using SourceValues = std::map<std::string, SettingValue, std::less<>>;  // by path

// The values that a YAML document gives; `root` may be null.
SourceValues ValuesFromYaml(const std::vector<Setting>& table, const YamlNode& root, Problems& problems);

// The values of the SWARMBELL_ variables.
SourceValues ValuesFromEnvironment(const std::vector<Setting>& table,
                                   const std::map<std::string, std::string>& environment, Problems& problems);

// The values of variables of other programs.
SourceValues ValuesFromForeignVariables(const std::vector<Setting>& table,
                                        const std::map<std::string, std::string>& environment,
                                        Problems& problems);

// The expected content of a file that a variable names.
enum class FileUse {
  kValue,
  kSecret,          // one with nothing in it is a fault, and its name is not shown
  kOptionalSecret,  // one with nothing in it leaves the secret unset
};

// The value of `name`, or of the file that `name` with `_FILE` appended names; empty if neither is set.
// `variable` becomes the one that was used.
std::string VariableOrFile(const std::map<std::string, std::string>& environment, const std::string& name,
                           FileUse use, std::string& variable, Problems& problems);

inline constexpr char kInlineYamlVariable[] = "SWARMBELL_CONFIG_YAML";

}  // namespace swarmbell
