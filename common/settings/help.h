#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/settings/setting.h"
#include "common/settings/settings.h"

namespace swarmbell {

// The settings in the forms in which they are shown.

// The settings for --help, at most 100 columns wide, grouped by the first part of their path.
std::string SettingsHelp(const std::vector<Setting>& table);

// The same as a table in Markdown.
std::string SettingsMarkdown(const std::vector<Setting>& table);

// The JSON Schema (draft 2020-12) of a program's configuration file, for editors. It accepts every file that
// the program accepts, except for keys written with dots and numbers in quotes; and it refuses unknown keys,
// wrong words, units and bounds as the program does. Ends in a newline.
std::string SettingsSchema(const std::string& program, const std::vector<Setting>& settings);

// For --print-config: YAML that can be loaded again, with the value of each setting and, as a comment, its
// source; a secret that is set is shown as a placeholder. `effective` replaces the values of structured
// settings, e.g. with the rules in force.
std::string PrintSettings(const Settings& settings, const std::map<std::string, YamlNode>& effective = {});

}  // namespace swarmbell
