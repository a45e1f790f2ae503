#pragma once

#include <string>
#include <vector>

#include "common/settings/setting.h"

namespace swarmbell {

// The settings for --help, at most 100 columns wide, grouped by the first part of their path.
std::string SettingsHelp(const std::vector<Setting>& table);

// The same as a table in Markdown.
std::string SettingsMarkdown(const std::vector<Setting>& table);

}  // namespace swarmbell
