#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/settings/setting.h"
#include "common/settings/settings.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// Every setting of the notifier, in the order to show them.
const std::vector<Setting>& NotifierSettings();

struct LoadedNotifierConfig {
  NotifierConfig config;
  // For --print-config: YAML that can be loaded again, with the rules in force and without any secret.
  std::string printed;
  // What is allowed but perhaps not meant, one sentence each; to be logged.
  std::vector<std::string> warnings;
  Settings settings;  // all of them, with secrets
};

// Reads and checks everything. INVALID_ARGUMENT with every problem, one a line, each with where it is; never
// with a secret.
absl::StatusOr<LoadedNotifierConfig> LoadNotifierConfig(const SettingsInput& input);

}  // namespace swarmbell
