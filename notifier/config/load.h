#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/redis/redis_options.h"
#include "common/settings/setting.h"
#include "common/settings/settings.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/readers.h"

namespace swarmbell {

// The values as loaded, before they are checked together.
struct NotifierForm {
  NotifierConfig config;
  std::vector<ReceiverConfig> own_receivers =
      OneReceiverOfEachType();  // of settings such as slack.webhook_url
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

// All settings of the notifier, in the order in which they are shown, each with the member that stores it.
SettingsTable DescribeSettings(NotifierForm& form);

// The same without values.
std::vector<Setting> NotifierSettings();

struct LoadedNotifierConfig {
  NotifierConfig config;
  // For --print-config: YAML that can be loaded again, with the rules in force and without secrets.
  std::string printed;
  // Settings that are valid but probably not intended, one sentence each; to be logged.
  std::vector<std::string> warnings;
  // The collectors that are followed, and the receivers of the alerts.
  std::string effect;
  Settings settings;  // with secrets
};

// Loads and checks the configuration. INVALID_ARGUMENT with all problems, one a line, each with its place;
// never with a secret.
absl::StatusOr<LoadedNotifierConfig> LoadNotifierConfig(const SettingsInput& input);

}  // namespace swarmbell
