#include "common/settings/settings.h"

#include <unistd.h>

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/settings/read_file.h"
#include "common/settings/sources.h"
#include "common/settings/value.h"

namespace swarmbell {
namespace {

YamlNode ReadConfigFile(const std::string& path, Problems& problems) {
  if (path.empty()) return {};
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxYamlBytes);
  if (text.ok()) return ParseYaml(*text, path, problems);
  problems.Add(path, absl::StrCat("cannot read the configuration: ", std::string(text.status().message())));
  return {};
}

YamlNode ReadInlineYaml(const SettingsInput& input, Problems& problems) {
  std::string variable;
  const std::string text =
      VariableOrFile(input.environment, kInlineYamlVariable, FileUse::kSecret, variable, problems);
  return ParseYaml(text, variable, problems);
}

SettingValue DefaultValue(const Setting& setting) {
  SettingValue value;
  if (setting.type != SettingType::kRecords) value.node = TextNode(setting, setting.default_value);
  value.label = setting.path;
  return value;
}

}  // namespace

SettingsInput SettingsInput::FromProcess(std::string config_file) {
  SettingsInput input;
  input.config_file = std::move(config_file);
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const auto equals = text.find('=');
    if (equals != std::string::npos)
      input.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return input;
}

Settings Settings::Load(const SettingsTable& table, const SettingsInput& input, Problems& problems) {
  Settings settings;
  settings.rows_ = table.Rows();
  const std::vector<Setting>& rows = settings.rows_;
  for (const Setting& setting : rows) settings.values_[setting.path] = DefaultValue(setting);
  const auto merge = [&](SourceValues&& values) {
    for (auto& [path, value] : values) settings.values_[path] = std::move(value);
  };
  merge(ValuesFromForeignVariables(rows, input.environment, problems));
  merge(ValuesFromYaml(rows, ReadConfigFile(input.config_file, problems), problems));
  merge(ValuesFromYaml(rows, ReadInlineYaml(input, problems), problems));
  merge(ValuesFromEnvironment(rows, input.environment, problems));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const SettingValue& value = settings.Value(rows[row]);
    table.Put(row, value.node);
    if (!rows[row].secret || value.node.scalar != kSecretPlaceholder) continue;
    problems.Add(value.label,
                 absl::StrCat("is what --print-config shows in place of the value; give the value, or ",
                              rows[row].path, "_file"));
  }
  return settings;
}

std::vector<std::string> ChangedSettings(const Settings& before, const Settings& after) {
  std::vector<std::string> changed;
  for (const Setting& setting : after.Rows()) {
    if (WriteYaml(before.Value(setting).node) != WriteYaml(after.Value(setting).node))
      changed.push_back(setting.path);
  }
  return changed;
}

}  // namespace swarmbell
