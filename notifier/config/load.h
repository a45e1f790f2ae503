#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/redis/redis_settings.h"
#include "common/settings/settings.h"
#include "common/settings/settings_table.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// Where loading puts the values before they are checked together.
struct NotifierForm {
  NotifierConfig config;
  SecretString slack_url;
  SecretString teams_url;
  std::vector<std::string> colors;
  std::vector<std::string> disabled_rules;
  YamlNode receivers;
  YamlNode rules;
  YamlNode mutes;
  YamlNode links;
  bool plaintext = false;
  SecretString redis_url;
  RedisConnection redis;
};

// Every setting of the notifier, in the order to show them, and the member of the form that it fills.
SettingsTable DescribeSettings(NotifierForm& form);

// The same without a form.
std::vector<Setting> NotifierSettings();

struct LoadedNotifierConfig {
  NotifierConfig config;
  // For --print-config: YAML that can be loaded again, with the rules in force and without any secret.
  std::string printed;
  // Settings that are allowed but probably not intended, one sentence each; to be logged.
  std::vector<std::string> warnings;
  Settings settings;  // all of them, with secrets
};

// Reads and checks everything. INVALID_ARGUMENT with every problem, one a line, each with where it is; never
// with a secret.
absl::StatusOr<LoadedNotifierConfig> LoadNotifierConfig(const SettingsInput& input);

}  // namespace swarmbell
