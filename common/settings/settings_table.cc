#include "common/settings/settings_table.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/value.h"

namespace swarmbell {
namespace {

template <typename Value, typename... Others>
constexpr bool kIsOneOf = (std::is_same_v<Value, Others> || ...);

template <typename Value>
SettingType TypeOf(const Value& value) {
  if constexpr (kIsOneOf<Value, bool, std::optional<bool>>) return SettingType::kBool;
  if constexpr (kIsOneOf<Value, int, std::size_t>) return SettingType::kInt;
  if constexpr (std::is_same_v<Value, absl::Duration>) return SettingType::kDuration;
  if constexpr (std::is_same_v<Value, std::vector<std::string>>) return SettingType::kList;
  if constexpr (std::is_same_v<Value, std::map<std::string, std::string>>) return SettingType::kMap;
  if constexpr (std::is_same_v<Value, YamlNode>) {
    return value.IsMap() ? SettingType::kMap : SettingType::kRecords;
  }
  return SettingType::kString;
}

// The value as the YAML would give it.
YamlNode Shown(const std::string& value) { return YamlNode::Scalar(value); }
YamlNode Shown(const SecretString&) { return YamlNode::Scalar(""); }
YamlNode Shown(bool value) { return YamlNode::Scalar(value ? "true" : "false"); }
YamlNode Shown(const std::optional<bool>& value) { return value ? Shown(*value) : YamlNode::Scalar(""); }
YamlNode Shown(int value) { return YamlNode::Scalar(absl::StrCat(value)); }
YamlNode Shown(std::size_t value) { return YamlNode::Scalar(absl::StrCat(value)); }
YamlNode Shown(absl::Duration value) { return YamlNode::Scalar(absl::FormatDuration(value)); }
YamlNode Shown(const std::vector<std::string>& words) {
  return words.size() == 1 ? YamlNode::Scalar(words[0]) : YamlNode::List(words);
}
YamlNode Shown(const std::map<std::string, std::string>& texts) {
  YamlNode map = YamlNode::Map();
  for (const auto& [name, text] : texts) map.Put(name, YamlNode::Scalar(text));
  return map;
}
YamlNode Shown(const YamlNode& value) { return value; }

void PutInto(const YamlNode& node, std::string& value) { value = node.scalar; }
void PutInto(const YamlNode& node, SecretString& value) { value = SecretString(node.scalar); }
void PutInto(const YamlNode& node, bool& value) { value = ParseBool(node.scalar).value_or(value); }
void PutInto(const YamlNode& node, std::optional<bool>& value) { value = ParseBool(node.scalar); }
void PutInto(const YamlNode& node, int& value) {
  value = static_cast<int>(ParseInt(node.scalar).value_or(value));
}
void PutInto(const YamlNode& node, std::size_t& value) {
  if (const auto number = ParseInt(node.scalar)) value = static_cast<std::size_t>(*number);
}
void PutInto(const YamlNode& node, absl::Duration& value) {
  value = ParseDuration(node.scalar).value_or(value);
}
void PutInto(const YamlNode& node, std::vector<std::string>& words) {
  words.clear();
  for (const YamlNode& item : node.items) words.push_back(item.scalar);
}
void PutInto(const YamlNode& node, std::map<std::string, std::string>& texts) {
  for (const auto& [name, text] : node.entries) texts[name] = text.scalar;
}
void PutInto(const YamlNode& node, YamlNode& value) { value = node; }

std::string DefaultText(const YamlNode& shown) {
  std::vector<std::string> words;
  for (const YamlNode& item : shown.items) words.push_back(item.scalar);
  return shown.IsList() ? absl::StrJoin(words, ",") : shown.scalar;
}

}  // namespace

void SettingsTable::Add(const SettingTarget& target, std::string path, std::string help, Setting about) {
  about.path = std::move(path);
  about.help = std::move(help);
  std::visit(
      [&about](const auto* value) {
        about.type = TypeOf(*value);
        about.default_value = DefaultText(Shown(*value));
      },
      target);
  if (std::holds_alternative<int*>(target)) {
    about.max_int = std::min<std::int64_t>(about.max_int, std::numeric_limits<int>::max());
  }
  rows_.push_back(std::move(about));
  targets_.push_back(target);
}

const Setting& SettingsTable::Of(const void* variable) const {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const void* filled = std::visit([](const auto* value) -> const void* { return value; }, targets_[row]);
    if (filled == variable) return rows_[row];
  }
  std::abort();
}

void SettingsTable::Put(std::size_t row, const YamlNode& value) const {
  std::visit([&value](auto* variable) { PutInto(value, *variable); }, targets_[row]);
}

YamlNode SettingsTable::Show() const {
  YamlNode map = YamlNode::Map();
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    YamlNode shown = std::visit([](const auto* value) { return Shown(*value); }, targets_[row]);
    const bool structured = std::holds_alternative<YamlNode*>(targets_[row]);
    const bool empty = shown.scalar.empty() && shown.items.empty() && shown.entries.empty();
    const bool same = shown.IsScalar() ? shown.scalar == rows_[row].default_value : empty;
    if (structured || !same) map.Put(rows_[row].path, std::move(shown));
  }
  return map;
}

}  // namespace swarmbell
