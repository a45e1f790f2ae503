#pragma once

#include <string>
#include <vector>

#include "common/settings/settings.h"

namespace swarmbell {

// The names of the settings that have another value after than before; both are of the same table. Files that
// the parts of a structured setting name are not looked into.
std::vector<std::string> ChangedSettings(const Settings& before, const Settings& after);

}  // namespace swarmbell
