#pragma once

#include <string>
#include <vector>

#include "common/settings/setting.h"

namespace swarmbell {

// The settings for --help, at most 100 columns wide, grouped by the first part of their path.
std::string SettingsHelp(const std::vector<Setting>& table);

// The same as a table in Markdown.
std::string SettingsMarkdown(const std::vector<Setting>& table);

// The JSON Schema (draft 2020-12) of a program's configuration file, for editors. It takes every file that
// the program takes, but for keys written with dots and numbers in quotes; and it refuses unknown keys,
// words, units and bounds as the program does. Ends in a newline.
std::string SettingsSchema(const std::string& program, const std::vector<Setting>& settings);

}  // namespace swarmbell
