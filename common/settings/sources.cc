#include "common/settings/sources.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/settings/nearest.h"
#include "common/settings/read_file.h"
#include "common/settings/value.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxValueFileBytes = kMaxYamlBytes;

const Setting* FindSetting(const std::vector<Setting>& table, const std::string& path) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Setting& setting) { return setting.path == path; });
  return found == table.end() ? nullptr : &*found;
}

// The text of a file that a secret's or a variable's value is in. A secret's file name is not shown: it may
// be the secret itself, given in the wrong place.
std::optional<std::string> ReadValueFile(const std::string& path, const std::string& label, bool secret,
                                         Problems& problems) {
  absl::StatusOr<std::string> content = ReadFile(path, kMaxValueFileBytes);
  // Some editors begin UTF-8 with a mark that nobody sees.
  if (content.ok()) return TrimNewlines(std::string(absl::StripPrefix(*content, "\xef\xbb\xbf")));
  const std::string file = secret ? "the file it names" : path;
  problems.Add(label, absl::StrCat("cannot read ", file, ": ", std::string(content.status().message())));
  return std::nullopt;
}

// Whether a file leaves its secret unset. Whoever names one mostly means to have a secret: without it a
// server would take every caller.
bool IsUnset(const std::string& text, FileUse use, const std::string& label, Problems& problems) {
  if (use == FileUse::kValue || text.find_first_not_of(" \t\r\n") != std::string::npos) return false;
  if (use == FileUse::kSecret) {
    problems.Add(label,
                 "names a file that has nothing in it; write the secret into it, or leave the setting out");
  }
  return true;
}

FileUse FileUseOf(const Setting& setting) {
  if (!setting.secret) return FileUse::kValue;
  return setting.empty_file_is_unset ? FileUse::kOptionalSecret : FileUse::kSecret;
}

// Reads a YAML document as values of settings.
class YamlReader {
 public:
  YamlReader(const std::vector<Setting>& table, Problems& problems) : table_(table), problems_(problems) {}

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
      problems_.Add(node.Where(), absl::StrCat("unknown key ", Quoted(path), DidYouMean(path, KnownKeys())));
    }
  }

  void ReadSetting(const Setting& setting, const YamlNode& node) {
    if (node.IsNull()) return;
    SettingValue value;
    value.source = node.Where();
    value.label = Label(node, setting.path);
    if (setting.type == SettingType::kRecords) {
      value.yaml = std::make_shared<const YamlNode>(node);
    } else if (setting.type == SettingType::kList && node.IsList()) {
      if (!JoinItems(node, value)) return;
    } else if (node.IsScalar()) {
      value.text = node.scalar;
    } else {
      problems_.Add(value.label, absl::StrCat("must be one value, not a ", node.IsMap() ? "map" : "list"));
      return;
    }
    Keep(setting, std::move(value));
  }

  bool JoinItems(const YamlNode& list, SettingValue& value) {
    std::vector<std::string> words;
    for (const YamlNode& item : list.items) {
      if (!item.IsScalar() || absl::StrContains(item.scalar, ",")) {
        problems_.Add(value.label, "must be a list of single values without commas");
        return false;
      }
      words.push_back(item.scalar);
    }
    value.text = absl::StrJoin(words, ",");
    return true;
  }

  void ReadFileKey(const Setting& setting, const YamlNode& node, const std::string& path) {
    if (node.IsNull()) return;
    SettingValue value;
    value.source = node.Where();
    value.label = Label(node, path);
    if (!node.IsScalar()) {
      problems_.Add(value.label, "must be the name of a file");
      return;
    }
    std::optional<std::string> text = ReadValueFile(node.scalar, value.label, setting.secret, problems_);
    if (!text || IsUnset(*text, FileUseOf(setting), value.label, problems_)) return;
    value.text = *std::move(text);
    value.file = node.scalar;
    Keep(setting, std::move(value));
  }

  void Keep(const Setting& setting, SettingValue value) {
    if (const auto before = values_.find(setting.path); before != values_.end()) {
      problems_.Add(value.label, absl::StrCat("is given twice (first at ", before->second.label, ")"));
      return;
    }
    if (const auto problem = value.yaml ? std::nullopt : ValueProblem(setting, value.text)) {
      problems_.Add(value.label, *problem);
      return;
    }
    values_.emplace(setting.path, std::move(value));
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

  const std::vector<Setting>& table_;
  Problems& problems_;
  SourceValues values_;
};

std::optional<SettingValue> ValueFromText(const Setting& setting, std::string text,
                                          const std::string& variable, Problems& problems) {
  SettingValue value;
  value.source = absl::StrCat("environment ", variable);
  value.label = absl::StrCat("environment: ", variable);
  if (setting.type == SettingType::kRecords) {
    value.yaml = std::make_shared<const YamlNode>(ParseYaml(text, variable, problems));
    return value;
  }
  if (const auto problem = ValueProblem(setting, text)) {
    problems.Add(value.label, *problem);
    return std::nullopt;
  }
  value.text = std::move(text);
  return value;
}

void CheckVariableNames(const std::vector<Setting>& table,
                        const std::map<std::string, std::string>& environment, Problems& problems) {
  std::vector<std::string> known = {kInlineYamlVariable};
  for (const Setting& setting : table) known.push_back(EnvironmentName(setting.path));
  const std::size_t plain = known.size();
  for (std::size_t i = 0; i < plain; ++i) known.push_back(absl::StrCat(known[i], "_FILE"));
  for (const auto& [name, value] : environment) {
    if (!absl::StartsWith(name, "SWARMBELL_")) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    problems.Add("environment", absl::StrCat("unknown variable ", name, DidYouMean(name, known)));
  }
}

}  // namespace

std::string VariableOrFile(const std::map<std::string, std::string>& environment, const std::string& name,
                           FileUse use, std::string& variable, Problems& problems) {
  const auto text_of = [&](const std::string& of) {
    const auto found = environment.find(of);
    return found == environment.end() ? std::string() : found->second;
  };
  const std::string file_variable = absl::StrCat(name, "_FILE");
  std::string text = text_of(name);
  const std::string file = text_of(file_variable);
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

SourceValues ValuesFromYaml(const std::vector<Setting>& table, const YamlNode& root, Problems& problems) {
  return YamlReader(table, problems).Read(root);
}

SourceValues ValuesFromEnvironment(const std::vector<Setting>& table,
                                   const std::map<std::string, std::string>& environment,
                                   Problems& problems) {
  CheckVariableNames(table, environment, problems);
  SourceValues values;
  for (const Setting& setting : table) {
    std::string variable;
    std::string text =
        VariableOrFile(environment, EnvironmentName(setting.path), FileUseOf(setting), variable, problems);
    if (text.empty()) continue;
    auto value = ValueFromText(setting, std::move(text), variable, problems);
    if (!value) continue;
    if (variable != EnvironmentName(setting.path)) value->file = environment.at(variable);
    values.emplace(setting.path, *std::move(value));
  }
  return values;
}

SourceValues ValuesFromForeignVariables(const std::vector<Setting>& table,
                                        const std::map<std::string, std::string>& environment,
                                        Problems& problems) {
  SourceValues values;
  for (const Setting& setting : table) {
    if (setting.foreign_variable.empty()) continue;
    const auto found = environment.find(setting.foreign_variable);
    if (found == environment.end() || found->second.empty()) continue;
    std::string text = setting.type == SettingType::kBool ? "true" : found->second;
    auto value = ValueFromText(setting, std::move(text), setting.foreign_variable, problems);
    if (value) values.emplace(setting.path, *std::move(value));
  }
  return values;
}

}  // namespace swarmbell
