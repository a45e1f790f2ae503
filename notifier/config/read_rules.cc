#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
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

struct RuleForm {
  RuleConfig rule;
  YamlNode match = YamlNode::Map();
  std::string color;
};

SettingsTable DescribeRule(RuleForm& form) {
  SettingsTable table;
  table.Add(&form.rule.name, "name",
            "Any name; that of a built-in rule takes its place, and what is left out "
            "stays.",
            {.required = "has no name"});
  table.Add(&form.match, "match",
            "The changes that the rule is for: every part that is given must match; {} "
            "matches every change.",
            {.keys = MatchKeys()});
  table.Add(&form.color, "color", "The colour of the alert.", OfColors());
  table.Add(&form.rule.enabled, "enabled", "Whether the alert is posted at all.");
  table.Add(&form.rule.receivers, "receivers", "Names of receivers that get it; all of them if left out.");
  table.Add(&form.rule.title, "title",
            "A title of your own, with {name} {kind} {stack} {cluster} {from} {to} {change}.");
  return table;
}

void CheckReceivers(Record& record, const std::vector<std::string>& named,
                    const std::vector<std::string>& known) {
  for (const std::string& name : named) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    record.Fault(&named, absl::StrCat("there is no receiver ", Quoted(name), DidYouMean(name, known)));
  }
}

// True if a new rule probably lacks a part because its name was meant to be that of a built-in one.
bool IsMistyped(Record& record, const RuleForm& form) {
  if (record.Has(&form.match) && record.Has(&form.color)) return false;
  const std::string hint = DidYouMean(form.rule.name, BuiltInRuleNames());
  if (hint.empty()) return false;
  record.Fault(&form.rule.name, absl::StrCat("there is no built-in rule ", Quoted(form.rule.name), hint));
  return true;
}

RuleConfig ReadRule(const YamlNode& node, const std::string& name, const std::vector<std::string>& receivers,
                    Problems& problems) {
  RuleForm form;
  const SettingsTable table = DescribeRule(form);
  Record record(table, node, name, problems);
  RuleConfig& rule = form.rule;
  const RuleConfig* replaced = FindRule(BuiltInRules(), rule.name);
  const bool may_lack = replaced != nullptr || IsMistyped(record, form);
  if (record.Has(&form.match)) {
    rule.match = ReadMatch(form.match, record.Name(&form.match), problems);
  } else if (replaced != nullptr) {
    rule.match = replaced->match;
  } else if (!may_lack) {
    record.Fault("has no match; {} matches every change");
  }
  if (!record.Has(&form.color) && !may_lack) record.Fault("has no color");
  if (replaced != nullptr) rule.color = replaced->color;
  rule.color = ParseColor(form.color).value_or(rule.color);
  CheckReceivers(record, rule.receivers, receivers);
  CheckPlaceholders(record, rule.title, kTitlePlaceholders);
  return rule;
}

}  // namespace

std::vector<Setting> RuleKeys() {
  RuleForm form;
  return DescribeRule(form).Rows();
}

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

YamlNode ShowRules(const std::vector<RuleConfig>& rules) {
  YamlNode list = YamlNode::List();
  for (const RuleConfig& rule : rules) {
    MatchConfig match;
    const SettingsTable match_table = DescribeMatch(match);
    match = rule.match;
    RuleForm form;
    const SettingsTable table = DescribeRule(form);
    form = {.rule = rule, .match = match_table.Show(), .color = ColorName(rule.color)};
    list.items.push_back(table.Show());
  }
  return list;
}

}  // namespace swarmbell
