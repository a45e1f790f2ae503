#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/settings/settings.h"

namespace swarmbell {

// A small table with one setting of each type.
inline std::vector<Setting> TestTable() {
  return {
      {.path = "docker.host",
       .default_value = "unix:///a",
       .help = "Engine.",
       .foreign_variable = "DOCKER_HOST"},
      {.path = "docker.tls_verify",
       .type = SettingType::kBool,
       .default_value = "false",
       .help = "TLS.",
       .foreign_variable = "DOCKER_TLS_VERIFY"},
      {.path = "poll.interval",
       .type = SettingType::kDuration,
       .default_value = "10s",
       .help = "Time between reads.",
       .min_duration = absl::Milliseconds(100)},
      {.path = "poll.events", .type = SettingType::kBool, .default_value = "true", .help = "Wake."},
      {.path = "size",
       .type = SettingType::kInt,
       .default_value = "5",
       .help = "Size.",
       .min_int = 1,
       .max_int = 9},
      {.path = "colors", .type = SettingType::kList, .help = "Colours."},
      {.path = "auth.token", .help = "Token.", .secret = true},
      {.path = "rules", .type = SettingType::kYaml, .help = "Rules."},
      {.path = "log.level", .default_value = "info", .help = "Level.", .choices = {"debug", "info", "warn"}},
  };
}

// Settings of a YAML text and variables, for which there is no file.
inline Settings LoadFrom(const std::string& yaml, std::map<std::string, std::string> environment,
                         Problems& problems) {
  SettingsInput input;
  input.environment = std::move(environment);
  if (!yaml.empty()) input.environment["SWARMBELL_CONFIG_YAML"] = yaml;
  return Settings::Load(TestTable(), input, problems);
}

}  // namespace swarmbell
