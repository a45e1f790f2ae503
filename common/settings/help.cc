#include "common/settings/help.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/settings/setting.h"

namespace swarmbell {
namespace {

constexpr std::size_t kWidth = 100;

std::string Padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

// Lines of at most `width` columns, the text broken at blanks.
std::vector<std::string> Wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (const auto part : absl::StrSplit(text, ' ')) {
    const std::string word(part);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    absl::StrAppend(&lines.back(), lines.back().empty() ? "" : " ", word);
  }
  return lines;
}

std::string Group(const Setting& setting) { return setting.path.substr(0, setting.path.find('.')); }

std::string Meaning(const Setting& setting) {
  return setting.reloads ? absl::StrCat(setting.help, " (SIGHUP)") : setting.help;
}

std::string ShownDefault(const Setting& setting) {
  return setting.default_value.empty() ? "" : absl::StrCat("[", setting.default_value, "]");
}

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

// A structured setting: the comment beside the key, the value below it.
std::string Block(const YamlNode& node, const std::string& comment, int indent) {
  if (node.IsNull()) return absl::StrCat(" []", comment);
  if (node.items.empty() && node.entries.empty()) {
    const std::string line = WriteYaml(node);
    return absl::StrCat(" ", line.substr(0, line.size() - 1), comment);
  }
  return absl::StrCat(comment, WriteYaml(node, indent));
}

// The source of a value as a comment. A file may have any name, but a comment ends with its line.
std::string Comment(const std::string& source) {
  std::string comment = absl::StrCat("  # ", source);
  for (char& c : comment) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return comment + "\n";
}

using Json = nlohmann::ordered_json;

// A key without a value (null) counts as left out, whatever its type.
constexpr char kDefinitions[] = R"({
  "text": {"type": ["string", "number", "boolean", "null"]},
  "flag": {"enum": [true, false, "true", "false", "yes", "no", "on", "off", 0, 1, null]},
  "duration": {"anyOf": [
    {"type": "string", "pattern": "^(0|(([0-9]+([.][0-9]*)?|[.][0-9]+)(ns|us|ms|s|m|h))+)$"},
    {"enum": [0, null]}
  ]},
  "words": {"anyOf": [
    {"$ref": "#/$defs/text"},
    {"type": "array", "items": {"type": ["string", "number", "boolean"]}}
  ]}
})";

Json Reference(const std::string& name) { return {{"$ref", absl::StrCat("#/$defs/", name)}}; }

Json Object(Json properties) {
  return {
      {"type", {"object", "null"}}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

class Writer {
 public:
  Writer() : definitions_(Json::parse(kDefinitions, nullptr, /*allow_exceptions=*/false)) {}

  std::string Write(const std::string& program, const std::vector<Setting>& settings) {
    Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", absl::StrCat("Configuration of ", program)}};
    schema.update(Object(Json::object()));
    for (const Setting& setting : settings) AddSetting(setting, schema);
    schema["$defs"] = std::move(definitions_);
    return schema.dump(2) + "\n";
  }

 private:
  void AddSetting(const Setting& setting, Json& schema) {
    Json* group = &schema;
    const auto dot = setting.path.find('.');
    const std::string key = dot == std::string::npos ? setting.path : setting.path.substr(dot + 1);
    if (dot != std::string::npos) {
      Json& groups = schema["properties"];
      const std::string name = setting.path.substr(0, dot);
      if (!groups.contains(name)) groups[name] = Object(Json::object());
      group = &groups[name];
    }
    Json property = setting.type == SettingType::kList && !setting.choices.empty() ? ChosenWords(setting)
                                                                                   : Property(setting);
    property["description"] = absl::StrCat(setting.help, setting.reloads ? " Reloaded on SIGHUP." : "",
                                           " Environment: ", EnvironmentName(setting.path), ".");
    if (!setting.default_value.empty()) property["default"] = Default(setting);
    (*group)["properties"][key] = std::move(property);
    if (!setting.secret) return;
    const std::string file = absl::StrCat(key, "_file");
    (*group)["properties"][file] = {{"type", {"string", "null"}},
                                    {"description", absl::StrCat("A file that holds ", setting.path, ".")}};
    const Json both = {{"required", {key, file}}};
    (*group)["allOf"].push_back({{"not", both}});
  }

  // The types of a setting or a key.
  Json Property(const Setting& setting) {
    switch (setting.type) {
      case SettingType::kBool:
        return Reference("flag");
      case SettingType::kDuration:
        return Reference("duration");
      case SettingType::kInt:
        return Number(setting);
      case SettingType::kList:
        return Words(setting);
      case SettingType::kMap:
        return setting.keys.empty() ? Texts() : Defined(setting);
      case SettingType::kRecords:
        return Records(setting);
      case SettingType::kString:
        break;
    }
    if (!setting.choices.empty()) return {{"enum", setting.choices}};
    Json text = Reference("text");
    if (!setting.pattern.empty()) text["pattern"] = setting.pattern;
    return text;
  }

  static Json Number(const Setting& setting) {
    Json number = {{"type", {"integer", "null"}}, {"minimum", setting.min_int}};
    if (setting.max_int != std::numeric_limits<std::int64_t>::max()) number["maximum"] = setting.max_int;
    return number;
  }

  static Json Default(const Setting& setting) {
    if (setting.type == SettingType::kBool) return setting.default_value == "true";
    if (setting.type == SettingType::kInt) return *ParseInt(setting.default_value);
    if (setting.type == SettingType::kList) return SplitList(setting.default_value);
    return setting.default_value;
  }

  static Json Words(const Setting& setting) {
    if (setting.choices.empty()) return Reference("words");
    const Json word = {{"enum", setting.choices}};
    return {{"anyOf", {word, {{"type", "array"}, {"items", word}}}}};
  }

  // A list at the top level may also be a text with commas.
  static Json ChosenWords(const Setting& setting) {
    const std::string word = absl::StrCat(" *(", absl::StrJoin(setting.choices, "|"), ")? *");
    return {{"type", {"array", "string", "null"}},
            {"items", {{"enum", setting.choices}}},
            {"pattern", absl::StrCat("^", word, "(,", word, ")*$")}};
  }

  static Json Texts() {
    return {{"type", {"object", "null"}},
            {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}};
  }

  Json Defined(const Setting& setting) {
    definitions_[setting.path] = Map(setting.keys);
    return Reference(setting.path);
  }

  Json Map(const std::vector<Setting>& keys) {
    Json map = Object(Json::object());
    for (const Setting& key : keys) {
      Json property = Property(key);
      property["description"] = key.help;
      map["properties"][key.path] = std::move(property);
      if (!key.required.empty()) map["required"].push_back(key.path);
    }
    return map;
  }

  Json Records(const Setting& setting) {
    Json record = Map(setting.keys);
    record["type"] = "object";
    if (!setting.item_schema.empty()) record.update(Json::parse(setting.item_schema, nullptr, false));
    return {{"type", {"array", "null"}}, {"items", std::move(record)}};
  }

  Json definitions_;
};

}  // namespace

std::string SettingsHelp(const std::vector<Setting>& table) {
  std::size_t path_width = 0;
  std::size_t name_width = 0;
  for (const Setting& setting : table) {
    path_width = std::max(path_width, setting.path.size());
    name_width = std::max(name_width, EnvironmentName(setting.path).size());
  }
  std::string out =
      "Settings: a YAML key, the environment variable that overrides it, [the default].\n"
      "A variable with _FILE appended names a file that holds the value.\n"
      "Settings marked (SIGHUP) are reloaded on that signal; all others take effect at a restart.\n";
  std::string group;
  for (const Setting& setting : table) {
    if (Group(setting) != group) out += "\n";
    group = Group(setting);
    std::string line =
        absl::StrCat("  ", Padded(setting.path, path_width), "  ",
                     Padded(EnvironmentName(setting.path), name_width), "  ", ShownDefault(setting));
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&out, line, "\n");
    for (const std::string& help : Wrap(Meaning(setting), kWidth - 6))
      absl::StrAppend(&out, "      ", help, "\n");
  }
  return out;
}

std::string SettingsMarkdown(const std::vector<Setting>& table) {
  std::string out = "| YAML | environment | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const Setting& setting : table) {
    const std::string shown =
        setting.default_value.empty() ? "" : absl::StrCat("`", setting.default_value, "`");
    absl::StrAppend(&out, "| `", setting.path, "` | `", EnvironmentName(setting.path), "` | ", shown, " | ",
                    absl::StrReplaceAll(Meaning(setting), {{"|", "\\|"}}), " |\n");
  }
  return out;
}

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

std::string SettingsSchema(const std::string& program, const std::vector<Setting>& settings) {
  return Writer().Write(program, settings);
}

}  // namespace swarmbell
