#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/help.h"
#include "common/settings/value.h"

namespace swarmbell {
namespace {

using Json = nlohmann::ordered_json;

// A key without a value is one that was left out, whatever its type.
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
    property["description"] = absl::StrCat(setting.help, setting.reloads ? " Read again on SIGHUP." : "",
                                           " Environment: ", EnvironmentName(setting.path), ".");
    if (!setting.default_value.empty()) property["default"] = Default(setting);
    (*group)["properties"][key] = std::move(property);
    if (!setting.secret) return;
    const std::string file = absl::StrCat(key, "_file");
    (*group)["properties"][file] = {{"type", {"string", "null"}},
                                    {"description", absl::StrCat("A file that holds ", setting.path, ".")}};
    (*group)["not"] = {{"required", {key, file}}};
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

  // A list at the top may also be text with commas.
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

std::string SettingsSchema(const std::string& program, const std::vector<Setting>& settings) {
  return Writer().Write(program, settings);
}

}  // namespace swarmbell
