#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/settings/help.h"
#include "common/settings/settings.h"

namespace swarmbell {

// A small configuration with one setting of each type.
struct TestForm {
  std::string host = "unix:///a";
  bool tls_verify = false;
  absl::Duration interval = absl::Seconds(10);
  bool events = true;
  int size = 5;
  std::vector<std::string> colors;
  SecretString token;
  YamlNode rules;
  std::string level = "info";
};

inline SettingsTable DescribeTest(TestForm& form) {
  SettingsTable table;
  table.Add(&form.host, "docker.host", "Engine.", {.foreign_variable = "DOCKER_HOST"});
  table.Add(&form.tls_verify, "docker.tls_verify", "TLS.", {.foreign_variable = "DOCKER_TLS_VERIFY"});
  table.Add(&form.interval, "poll.interval", "Time between reads.",
            {.min_duration = absl::Milliseconds(100)});
  table.Add(&form.events, "poll.events", "Wake.");
  table.Add(&form.size, "size", "Size.", {.min_int = 1, .max_int = 9});
  table.Add(&form.colors, "colors", "Colours.");
  table.Add(&form.token, "auth.token", "Token.", {.secret = true});
  table.Add(&form.rules, "rules", "Rules.");
  table.Add(&form.level, "log.level", "Level.", {.choices = {"debug", "info", "warn"}});
  return table;
}

inline std::vector<Setting> TestTable() {
  TestForm form;
  return DescribeTest(form).Rows();
}

// The values, and where they came from.
struct TestSettings : TestForm {
  Settings settings;

  const SettingValue& Value(const std::string& path) const {
    for (const Setting& setting : settings.Rows()) {
      if (setting.path == path) return settings.Value(setting);
    }
    static const SettingValue none;
    return none;
  }
};

inline TestSettings LoadInput(const SettingsInput& input, Problems& problems) {
  TestSettings loaded;
  const SettingsTable table = DescribeTest(loaded);
  loaded.settings = Settings::Load(table, input, problems);
  return loaded;
}

// Settings of a YAML text and variables, for which there is no file.
inline TestSettings LoadFrom(const std::string& yaml, std::map<std::string, std::string> environment,
                             Problems& problems) {
  SettingsInput input;
  input.environment = std::move(environment);
  if (!yaml.empty()) input.environment["SWARMBELL_CONFIG_YAML"] = yaml;
  return LoadInput(input, problems);
}

inline std::string PrintSettings(const TestSettings& loaded,
                                 const std::map<std::string, YamlNode>& effective = {}) {
  return PrintSettings(loaded.settings, effective);
}

}  // namespace swarmbell
