#include "common/settings/print.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/secret.h"
#include "common/settings/value.h"

namespace swarmbell {
namespace {

std::string OneLine(const Setting& setting, const YamlNode& value) {
  const std::string& text = value.scalar;
  if (setting.type == SettingType::kBool) return ParseBool(text).value_or(false) ? "true" : "false";
  if (setting.type == SettingType::kInt) return absl::StrCat(ParseInt(text).value_or(0));
  if (setting.type == SettingType::kDuration) {
    return absl::FormatDuration(ParseDuration(text).value_or(absl::ZeroDuration()));
  }
  if (setting.type == SettingType::kList) {
    std::vector<std::string> words;
    for (const YamlNode& word : value.items) words.push_back(YamlScalar(word.scalar));
    return absl::StrCat("[", absl::StrJoin(words, ", "), "]");
  }
  if (setting.secret && !text.empty()) return absl::StrCat("\"", kSecretPlaceholder, "\"");
  return YamlScalar(text);
}

// A structured part: the comment beside the key, the part under it.
std::string Block(const YamlNode& node, const std::string& comment, int indent) {
  if (node.IsNull()) return absl::StrCat(" []", comment);
  if (node.items.empty() && node.entries.empty()) {
    const std::string line = WriteYaml(node);
    return absl::StrCat(" ", line.substr(0, line.size() - 1), comment);
  }
  return absl::StrCat(comment, WriteYaml(node, indent));
}

// Where a value is from; a file may have any name, a comment must end with its line.
std::string Comment(const std::string& source) {
  std::string comment = absl::StrCat("  # ", source);
  for (char& c : comment) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return comment + "\n";
}

}  // namespace

std::string PrintSettings(const Settings& settings, const std::map<std::string, YamlNode>& effective) {
  std::string out;
  std::string open_group;
  for (const Setting& setting : settings.Rows()) {
    const auto dot = setting.path.find('.');
    const std::string group = dot == std::string::npos ? "" : setting.path.substr(0, dot);
    if (group != open_group && !group.empty()) absl::StrAppend(&out, group, ":\n");
    open_group = group;
    const std::string key = dot == std::string::npos ? setting.path : setting.path.substr(dot + 1);
    const int indent = group.empty() ? 0 : 2;
    absl::StrAppend(&out, std::string(static_cast<std::size_t>(indent), ' '), key, ":");
    const SettingValue& value = settings.Value(setting);
    const std::string comment = Comment(value.source);
    if (setting.type == SettingType::kRecords) {
      const auto found = effective.find(setting.path);
      out += Block(found == effective.end() ? value.node : found->second, comment, indent + 2);
    } else {
      absl::StrAppend(&out, " ", OneLine(setting, value.node), comment);
    }
  }
  return out;
}

}  // namespace swarmbell
