#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/settings/map_reader.h"
#include "common/settings/nearest.h"
#include "notifier/config/built_in_rules.h"
#include "notifier/config/color.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

const std::vector<std::string> kTitlePlaceholders = {"name", "kind", "stack", "cluster",
                                                     "from", "to",   "change"};

const RuleConfig* FindRule(const std::vector<RuleConfig>& rules, const std::string& name) {
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const RuleConfig& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

void CheckReceivers(MapReader& reader, const std::vector<std::string>& named,
                    const std::vector<std::string>& known) {
  for (const std::string& name : named) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    reader.Fault("receivers", absl::StrCat("there is no receiver ", Quoted(name), DidYouMean(name, known)));
  }
}

// Whether a rule of its own lacks a part because its name was meant to be that of a built-in one.
bool IsMistyped(MapReader& reader, const RuleConfig& rule) {
  if (reader.Child("match") != nullptr && reader.Child("color") != nullptr) return false;
  const std::string hint = DidYouMean(rule.name, BuiltInRuleNames());
  if (hint.empty()) return false;
  reader.Fault("name", absl::StrCat("there is no built-in rule ", Quoted(rule.name), hint));
  return true;
}

Color ReadColor(MapReader& reader, Color fallback, Problems& problems) {
  const std::string word = reader.Text("color");
  if (word.empty()) return fallback;
  const std::string where = absl::StrCat(reader.Child("color")->Where(), ": ", reader.Name("color"));
  const std::vector<Color> colors = ReadColors({word}, where, problems);
  return colors.empty() ? fallback : colors[0];
}

RuleConfig ReadRule(const YamlNode& node, const std::string& name, const std::vector<std::string>& receivers,
                    Problems& problems) {
  MapReader reader(node, name, problems);
  RuleConfig rule;
  const std::string rule_name = reader.Text("name");
  const RuleConfig* replaced = FindRule(BuiltInRules(), rule_name);
  if (replaced != nullptr) rule = *replaced;
  rule.name = rule_name;
  if (rule_name.empty()) reader.Fault("has no name");
  const bool may_lack = replaced != nullptr || IsMistyped(reader, rule);
  if (const YamlNode* match = reader.Child("match")) {
    rule.match = ReadMatch(*match, reader.Name("match"), problems);
  } else if (!may_lack) {
    reader.Fault("has no match; {} matches every change");
  }
  if (reader.Child("color") == nullptr && !may_lack) reader.Fault("has no color");
  rule.color = ReadColor(reader, rule.color, problems);
  rule.enabled = reader.Bool("enabled", true);
  rule.receivers = reader.Words("receivers");
  CheckReceivers(reader, rule.receivers, receivers);
  rule.title = reader.Text("title");
  if (const YamlNode* title = reader.Child("title")) {
    CheckPlaceholders(rule.title, kTitlePlaceholders,
                      absl::StrCat(title->Where(), ": ", reader.Name("title")), problems);
  }
  reader.Finish();
  return rule;
}

}  // namespace

std::vector<RuleConfig> ReadRules(const YamlNode& node, const std::vector<std::string>& receivers,
                                  Problems& problems) {
  std::vector<RuleConfig> own;
  for (const YamlNode& item : ListItems(node, "rules", problems)) {
    const std::string name = absl::StrCat("rules[", own.size(), "]");
    RuleConfig rule = ReadRule(item, name, receivers, problems);
    if (!rule.name.empty() && FindRule(own, rule.name) != nullptr) {
      problems.Add(absl::StrCat(item.Where(), ": ", name),
                   absl::StrCat("there is another rule ", Quoted(rule.name)));
    }
    own.push_back(std::move(rule));
  }
  std::vector<RuleConfig> all;
  for (const RuleConfig& rule : own) {
    if (FindRule(BuiltInRules(), rule.name) == nullptr) all.push_back(rule);
  }
  for (const RuleConfig& built_in : BuiltInRules()) {
    const RuleConfig* replacement = FindRule(own, built_in.name);
    all.push_back(replacement == nullptr ? built_in : *replacement);
  }
  return all;
}

}  // namespace swarmbell
