#pragma once

#include <map>
#include <string>

#include "common/settings/settings.h"

namespace swarmbell {

// For --print-config: YAML that can be loaded again, each setting with its value and, as a comment, where it
// came from; a secret that is set as a placeholder. `effective` replaces what is printed for structured
// settings, e.g. with the rules that are in force.
std::string PrintSettings(const Settings& settings, const std::map<std::string, YamlNode>& effective = {});

}  // namespace swarmbell
