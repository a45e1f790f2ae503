#include "common/settings/settings.h"

#include <cstdlib>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/settings/duration.h"
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
  value.text = setting.default_value;
  value.label = setting.path;
  if (setting.type == SettingType::kYaml) value.yaml = std::make_shared<const YamlNode>();
  return value;
}

}  // namespace

Settings Settings::Load(std::vector<Setting> table, const SettingsInput& input, Problems& problems) {
  Settings settings;
  settings.table_ = std::move(table);
  for (const Setting& setting : settings.table_) settings.values_[setting.path] = DefaultValue(setting);
  const auto merge = [&](SourceValues&& values) {
    for (auto& [path, value] : values) settings.values_[path] = std::move(value);
  };
  merge(ValuesFromForeignVariables(settings.table_, input.environment, problems));
  merge(ValuesFromYaml(settings.table_, ReadConfigFile(input.config_file, problems), problems));
  merge(ValuesFromYaml(settings.table_, ReadInlineYaml(input, problems), problems));
  merge(ValuesFromEnvironment(settings.table_, input.environment, problems));
  for (const Setting& setting : settings.table_) {
    if (!setting.secret || settings.String(setting.path) != kSecretPlaceholder) continue;
    problems.Add(settings.Where(setting.path),
                 absl::StrCat("is what --print-config shows in place of the value; give the value, or ",
                              setting.path, "_file"));
  }
  return settings;
}

const SettingValue& Settings::Value(std::string_view path) const {
  const auto found = values_.find(path);
  if (found == values_.end()) std::abort();
  return found->second;
}

std::string Settings::String(std::string_view path) const { return Value(path).text; }

bool Settings::Bool(std::string_view path) const { return ParseBool(Value(path).text).value_or(false); }

absl::Duration Settings::Duration(std::string_view path) const {
  return ParseDuration(Value(path).text).value_or(absl::ZeroDuration());
}

std::int64_t Settings::Int(std::string_view path) const { return ParseInt(Value(path).text).value_or(0); }

std::vector<std::string> Settings::List(std::string_view path) const { return SplitList(Value(path).text); }

SecretString Settings::Secret(std::string_view path) const { return SecretString(Value(path).text); }

std::shared_ptr<const YamlNode> Settings::Yaml(std::string_view path) const { return Value(path).yaml; }

bool Settings::IsSet(std::string_view path) const {
  const SettingValue& value = Value(path);
  return value.yaml ? !value.yaml->IsNull() : !value.text.empty();
}

std::string Settings::File(std::string_view path) const { return Value(path).file; }

std::string Settings::Where(std::string_view path) const { return Value(path).label; }

}  // namespace swarmbell
