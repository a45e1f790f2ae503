#include "notifier/config/match_text.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/settings/setting.h"
#include "common/settings/yaml.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

constexpr char kWhere[] = "the silence";
constexpr char kLabelKey[] = "label";

YamlNode* FindValue(YamlNode& map, absl::string_view key) {
  for (YamlEntry& entry : map.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

YamlNode Placed(YamlNode node) {
  node.source = kWhere;
  return node;
}

// Adds a value to the list of a key.
void AddValue(YamlNode& map, const std::string& key, const std::string& value) {
  YamlNode* known = FindValue(map, key);
  if (known == nullptr) {
    map.Put(key, Placed(YamlNode::Scalar(value)));
    return;
  }
  if (known->IsScalar()) *known = Placed(YamlNode::List({known->scalar}));
  known->items.push_back(YamlNode::Scalar(value));
}

void AddLabel(YamlNode& match, const std::string& label, const std::string& value, Problems& problems) {
  if (FindValue(match, kLabelKey) == nullptr) match.Put(kLabelKey, Placed(YamlNode::Map()));
  YamlNode& labels = *FindValue(match, kLabelKey);
  if (!labels.IsMap() || label.empty()) {
    problems.Add(kWhere, "a label is matched by label.NAME=value");
  } else if (labels.Find(label) != nullptr) {
    problems.Add(kWhere, absl::StrCat("the label ", Quoted(label), " is given twice"));
  } else {
    labels.Put(label, YamlNode::Scalar(value));
  }
}

void AddPart(const std::string& part, YamlNode& match, Problems& problems) {
  const std::size_t equals = part.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == part.size()) {
    problems.Add(kWhere, absl::StrCat(Quoted(part), " is not key=value (for example stack=shop)"));
    return;
  }
  const std::string key = part.substr(0, equals);
  const std::string value = part.substr(equals + 1);
  absl::string_view label = key;
  if (absl::ConsumePrefix(&label, "label.")) {
    AddLabel(match, std::string(label), value, problems);
  } else if (key == kLabelKey) {
    problems.Add(kWhere, "a label is matched by label.NAME=value");
  } else {
    AddValue(match, key, value);
  }
}

}  // namespace

absl::StatusOr<MatchConfig> ParseMatchText(const std::string& text) {
  Problems problems;
  YamlNode node = Placed(YamlNode::Map());
  for (const std::string& part : SplitList(text)) AddPart(part, node, problems);
  if (node.entries.empty() && problems.empty()) {
    problems.Add(kWhere,
                 "matches nothing: say key=value, for example stack=shop; name=* matches every change");
  }
  MatchConfig match = ReadMatch(node, "match", problems);
  if (!problems.empty()) return problems.ToStatus();
  return match;
}

}  // namespace swarmbell
