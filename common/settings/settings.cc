#include "common/settings/settings.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/file/file.h"
#include "common/settings/owners.h"
#include "common/settings/setting.h"

namespace swarmbell {
namespace {

constexpr char kInlineYamlVariable[] = "SWARMBELL_CONFIG_YAML";

// One source's checked values, by path.
using SourceValues = std::map<std::string, SettingValue, std::less<>>;

using Environment = std::map<std::string, std::string>;

// The value of a variable; empty if it is not set.
std::string TextOf(const Environment& environment, const std::string& variable) {
  const auto found = environment.find(variable);
  return found == environment.end() ? "" : found->second;
}

// The variable that names a file with the value of another one.
std::string FileVariable(const std::string& variable) { return absl::StrCat(variable, "_FILE"); }

// The expected content of a file that a variable names.
enum class FileUse {
  kValue,
  kSecret,          // an empty one is an error, and its name is not shown
  kOptionalSecret,  // an empty one leaves the secret unset
};

constexpr std::size_t kMaxValueFileBytes = kMaxYamlBytes;

const Setting* FindSetting(const std::vector<Setting>& table, const std::string& path) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Setting& setting) { return setting.path == path; });
  return found == table.end() ? nullptr : &*found;
}

// The problem of a setting that only the other program has; `name` as it was written.
std::string Misplaced(const std::string& name, std::string_view owner) {
  return absl::StrCat(name, " is a setting of the ", std::string(owner), "; give it to that program alone");
}

// The text of a file that holds a value. The file name of a secret is not shown: it may be the secret itself,
// given in the wrong place.
std::optional<std::string> ReadValueFile(const std::string& path, const std::string& label, bool secret,
                                         Problems& problems) {
  absl::StatusOr<std::string> content = ReadFile(path, kMaxValueFileBytes);
  // Some editors begin UTF-8 with an invisible byte order mark.
  if (content.ok()) return TrimBlankLines(std::string(absl::StripPrefix(*content, "\xef\xbb\xbf")));
  const std::string file = secret ? "the file it names" : path;
  problems.Add(label, absl::StrCat("cannot read ", file, ": ", std::string(content.status().message())));
  return std::nullopt;
}

// True if an empty file leaves its secret unset. For most secrets it is an error: without the secret a server
// would accept every caller.
bool IsUnset(const std::string& text, FileUse use, const std::string& label, Problems& problems) {
  if (use == FileUse::kValue || text.find_first_not_of(" \t\r\n") != std::string::npos) return false;
  if (use == FileUse::kSecret) {
    problems.Add(label, "names an empty file; write the secret into it, or leave the setting out");
  }
  return true;
}

FileUse FileUseOf(const Setting& setting) {
  if (!setting.secret) return FileUse::kValue;
  return setting.empty_file_is_unset ? FileUse::kOptionalSecret : FileUse::kSecret;
}

// Checks a text and stores it in the value; false if it is wrong.
bool SetText(const Setting& setting, const std::string& text, SettingValue& value, Problems& problems) {
  if (const auto problem = ValueProblem(setting, text)) {
    problems.Add(value.label, *problem);
    return false;
  }
  value.node = TextNode(setting, text);
  return true;
}

// Reads a YAML document as values of settings. A file that it names for a setting that is `overridden` is not
// read: where the program runs now, it may not be.
class YamlReader {
 public:
  YamlReader(const std::vector<Setting>& table, const SourceValues& overridden, Problems& problems)
      : table_(table), overridden_(overridden), problems_(problems) {}

  SourceValues Read(const YamlNode& root) {
    if (root.IsMap()) {
      ReadMap(root, "");
    } else if (!root.IsNull()) {
      problems_.Add(root.Where(), "the configuration must be a map of settings, e.g. \"log: {level: info}\"");
    }
    return std::move(values_);
  }

 private:
  void ReadMap(const YamlNode& map, const std::string& prefix) {
    for (const auto& [key, value] : map.entries) ReadEntry(value, absl::StrCat(prefix, key));
  }

  void ReadEntry(const YamlNode& node, const std::string& path) {
    if (const Setting* setting = FindSetting(table_, path)) {
      ReadSetting(*setting, node);
    } else if (const Setting* in_file = SecretInFile(path)) {
      ReadFileKey(*in_file, node, path);
    } else if (node.IsMap() && !node.entries.empty()) {
      ReadMap(node, absl::StrCat(path, "."));
    } else if (IsGroup(path)) {
      if (!node.IsNull() && !node.IsMap()) problems_.Add(Label(node, path), GroupProblem(path));
    } else {
      problems_.Add(node.Where(), UnknownKey(path));
    }
  }

  std::string UnknownKey(const std::string& path) const {
    const bool is_file = absl::EndsWith(path, "_file");
    const std::string named = is_file ? path.substr(0, path.size() - 5) : path;
    if (is_file && FindSetting(table_, named) != nullptr) {
      return absl::StrCat("unknown key ", Quoted(path), ": YAML names files of secrets alone; give ", named,
                          " itself, or the variable ", FileVariable(EnvironmentName(named)));
    }
    const std::string_view owner = OwnerOf(path).empty() ? OwnerOf(named) : OwnerOf(path);
    return owner.empty() ? absl::StrCat("unknown key ", Quoted(path), DidYouMean(path, KnownKeys()))
                         : Misplaced(Quoted(path), owner);
  }

  void ReadSetting(const Setting& setting, const YamlNode& node) {
    if (node.IsNull()) return;
    SettingValue value = ValueAt(node, setting.path);
    if (setting.type == SettingType::kRecords) {
      value.node = node;
    } else if (setting.type == SettingType::kList && node.IsList()) {
      const std::optional<std::string> text = JoinItems(node, value.label);
      if (!text || !SetText(setting, *text, value, problems_)) return;
    } else if (!node.IsScalar()) {
      problems_.Add(value.label, absl::StrCat("must be one value, not a ", node.IsMap() ? "map" : "list"));
      return;
    } else if (!SetText(setting, node.scalar, value, problems_)) {
      return;
    }
    Add(setting, std::move(value));
  }

  std::optional<std::string> JoinItems(const YamlNode& list, const std::string& label) {
    std::vector<std::string> words;
    for (const YamlNode& item : list.items) {
      if (!item.IsScalar() || absl::StrContains(item.scalar, ",")) {
        problems_.Add(label, "must be a list of single values without commas");
        return std::nullopt;
      }
      words.push_back(item.scalar);
    }
    return absl::StrJoin(words, ",");
  }

  void ReadFileKey(const Setting& setting, const YamlNode& node, const std::string& path) {
    if (node.IsNull()) return;
    SettingValue value = ValueAt(node, path);
    if (!node.IsScalar()) {
      problems_.Add(value.label, "must be the name of a file");
      return;
    }
    value.file = node.scalar;
    if (overridden_.contains(setting.path)) return Add(setting, std::move(value));
    const std::optional<std::string> text =
        ReadValueFile(node.scalar, value.label, setting.secret, problems_);
    if (!text || IsUnset(*text, FileUseOf(setting), value.label, problems_)) return;
    if (SetText(setting, *text, value, problems_)) Add(setting, std::move(value));
  }

  void Add(const Setting& setting, SettingValue value) {
    const std::string label = value.label;
    const auto [first, added] = values_.emplace(setting.path, std::move(value));
    if (!added) problems_.Add(label, absl::StrCat("is given twice (first at ", first->second.label, ")"));
  }

  const Setting* SecretInFile(const std::string& path) const {
    if (!absl::EndsWith(path, "_file")) return nullptr;
    const Setting* setting = FindSetting(table_, path.substr(0, path.size() - 5));
    return setting != nullptr && setting->secret ? setting : nullptr;
  }

  bool IsGroup(const std::string& path) const {
    const std::string prefix = absl::StrCat(path, ".");
    return std::any_of(table_.begin(), table_.end(),
                       [&](const Setting& setting) { return absl::StartsWith(setting.path, prefix); });
  }

  std::string GroupProblem(const std::string& path) const {
    const std::string prefix = absl::StrCat(path, ".");
    std::vector<std::string> members;
    for (const Setting& setting : table_) {
      if (absl::StartsWith(setting.path, prefix)) members.push_back(setting.path);
    }
    return absl::StrCat("must be a map with ", absl::StrJoin(members, ", "));
  }

  std::vector<std::string> KnownKeys() const {
    std::vector<std::string> keys;
    for (const Setting& setting : table_) {
      keys.push_back(setting.path);
      if (setting.secret) keys.push_back(absl::StrCat(setting.path, "_file"));
    }
    return keys;
  }

  static std::string Label(const YamlNode& node, const std::string& path) {
    return absl::StrCat(node.Where(), ": ", path);
  }

  static SettingValue ValueAt(const YamlNode& node, const std::string& path) {
    SettingValue value;
    value.source = node.Where();
    value.label = Label(node, path);
    return value;
  }

  const std::vector<Setting>& table_;
  const SourceValues& overridden_;
  Problems& problems_;
  SourceValues values_;
};

// Checks and adds the value of a variable.
void AddText(const Setting& setting, const std::string& text, const std::string& variable,
             const std::string& file, SourceValues& values, Problems& problems) {
  SettingValue value;
  value.source = absl::StrCat("environment ", variable);
  value.label = absl::StrCat("environment: ", variable);
  value.file = file;
  if (setting.type == SettingType::kRecords) {
    value.node = ParseYaml(text, variable, problems);
  } else if (!SetText(setting, text, value, problems)) {
    return;
  }
  values.emplace(setting.path, std::move(value));
}

// The program that alone has the setting of a variable, perhaps with `_FILE`; empty if none has.
std::string_view OwnerOfVariable(const std::string& name) {
  for (const SettingsOwner& owner : SettingsOwners()) {
    for (const std::string_view path : owner.paths) {
      const std::string variable = EnvironmentName(path);
      if (name == variable || name == FileVariable(variable)) return owner.program;
    }
  }
  return "";
}

void CheckVariableNames(const std::vector<Setting>& table, const Environment& environment,
                        Problems& problems) {
  std::vector<std::string> known = {kInlineYamlVariable};
  for (const Setting& setting : table) known.push_back(EnvironmentName(setting.path));
  const std::size_t plain = known.size();
  for (std::size_t i = 0; i < plain; ++i) known.push_back(FileVariable(known[i]));
  for (const auto& [name, value] : environment) {
    if (!absl::StartsWith(name, "SWARMBELL_")) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string_view owner = OwnerOfVariable(name);
    problems.Add("environment", owner.empty()
                                    ? absl::StrCat("unknown variable ", name, DidYouMean(name, known))
                                    : Misplaced(name, owner));
  }
}

// The value of `name`, or of the file that `name` with `_FILE` appended names; empty if neither is set.
// `variable` becomes the one that was used.
std::string VariableOrFile(const Environment& environment, const std::string& name, FileUse use,
                           std::string& variable, Problems& problems) {
  const std::string file_variable = FileVariable(name);
  std::string text = TextOf(environment, name);
  const std::string file = TextOf(environment, file_variable);
  variable = name;
  if (!text.empty() && !file.empty()) {
    problems.Add("environment", absl::StrCat("both ", name, " and ", file_variable, " are set; unset one"));
    return "";
  }
  if (file.empty()) return text;
  variable = file_variable;
  const std::string label = absl::StrCat("environment: ", file_variable);
  std::optional<std::string> value = ReadValueFile(file, label, use != FileUse::kValue, problems);
  if (!value || IsUnset(*value, use, label, problems)) return "";
  return *std::move(value);
}

SourceValues ValuesFromEnvironment(const std::vector<Setting>& table, const Environment& environment,
                                   Problems& problems) {
  CheckVariableNames(table, environment, problems);
  SourceValues values;
  for (const Setting& setting : table) {
    const std::string name = EnvironmentName(setting.path);
    std::string variable;
    const std::string text = VariableOrFile(environment, name, FileUseOf(setting), variable, problems);
    if (text.empty()) continue;
    AddText(setting, text, variable, variable == name ? "" : environment.at(variable), values, problems);
  }
  return values;
}

SourceValues ValuesFromForeignVariables(const std::vector<Setting>& table, const Environment& environment,
                                        Problems& problems) {
  SourceValues values;
  for (const Setting& setting : table) {
    if (setting.foreign_variable.empty()) continue;
    const auto found = environment.find(setting.foreign_variable);
    if (found == environment.end() || found->second.empty()) continue;
    const std::string text = setting.type == SettingType::kBool ? "true" : found->second;
    AddText(setting, text, setting.foreign_variable, /*file=*/"", values, problems);
  }
  return values;
}

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
  SourceValues variables = ValuesFromEnvironment(rows, input.environment, problems);
  SourceValues inline_yaml = YamlReader(rows, variables, problems).Read(ReadInlineYaml(input, problems));
  SourceValues overriding = inline_yaml;
  overriding.insert(variables.begin(), variables.end());
  merge(ValuesFromForeignVariables(rows, input.environment, problems));
  merge(YamlReader(rows, overriding, problems).Read(ReadConfigFile(input.config_file, problems)));
  merge(std::move(inline_yaml));
  merge(std::move(variables));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const SettingValue& value = settings.Value(rows[row]);
    table.Put(row, value.node);
    if (!rows[row].secret || value.node.scalar != kSecretPlaceholder) continue;
    problems.Add(value.label, absl::StrCat("is the placeholder of --print-config; give the value, or ",
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
