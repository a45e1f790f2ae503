#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/setting.h"
#include "notifier/config/change_words.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

bool Holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The states that the changes of a match can have, together.
StateWords AllStateWords(const std::vector<std::string>& changes, Side side) {
  StateWords all;
  for (const std::string& change : changes) {
    const StateWords one = StateWordsOf(change, side);
    all.any = all.any || one.any;
    all.numbers = all.numbers || one.numbers;
    for (const std::string& word : one.words) {
      if (!Holds(all.words, word)) all.words.push_back(word);
    }
  }
  return all;
}

void CheckStates(Record& record, const std::vector<std::string>& states, Side side,
                 const std::vector<std::string>& changes) {
  const StateWords known = AllStateWords(changes.empty() ? ChangeNames() : changes, side);
  const std::string subject = changes.size() == 1 ? changes[0] : "any change that it is about";
  for (const std::string& state : states) {
    if (known.any || Holds(known.words, state) || (known.numbers && ParseInt(state))) continue;
    if (known.words.empty()) {
      record.Fault(&states, absl::StrCat(subject, " has no such state; leave it out"));
      continue;
    }
    const std::string list = changes.empty() ? "" : absl::StrCat(" (", absl::StrJoin(known.words, ", "), ")");
    record.Fault(&states, absl::StrCat(Quoted(state), " is not a state of ", subject, list,
                                       DidYouMean(state, known.words)));
  }
}

// Globs on fields such as `env.BUILD_*`, which the changes must be able to have.
void CheckFields(Record& record, const std::vector<std::string>& globs,
                 const std::vector<std::string>& changes) {
  const std::vector<std::string>& groups = FieldGroupWords();
  for (const std::string& change : globs.empty() ? std::vector<std::string>() : changes) {
    if (!HasFields(change)) record.Fault(&globs, absl::StrCat(change, " has no fields; leave it out"));
  }
  for (const std::string& glob : globs) {
    if (NamesFieldGroup(glob)) continue;
    record.Fault(&globs,
                 absl::StrCat(Quoted(glob), " begins with no group of fields (", absl::StrJoin(groups, ", "),
                              ")", DidYouMean(glob.substr(0, glob.find('.')), groups)));
  }
}

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
            "Any name. A rule with the name of a built-in one replaces it, and inherits what it leaves out.",
            {.required = "has no name"});
  table.Add(&form.match, "match",
            "The changes that the rule is for: every part that is given must match; {} matches every change.",
            {.keys = MatchKeys()});
  table.Add(&form.color, "color", "The colour of the alert.", OfColors());
  table.Add(&form.rule.enabled, "enabled", "False: the alert is not posted.");
  table.Add(&form.rule.receivers, "receivers", "Names of the receivers; all if left out.");
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

// True if a new rule probably lacks a part because the name of a built-in one was mistyped.
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

SettingsTable DescribeMatch(MatchConfig& match) {
  SettingsTable table;
  table.Add(&match.changes, "change", "Names of changes, as in ChangeEvent.details; any if left out.",
            {.choices = ChangeNames(), .refusal = "is no change"});
  table.Add(&match.kinds, "kind", "Kinds of resource.",
            {.choices = KindNames(), .refusal = "is no kind of resource"});
  table.Add(&match.from, "from", "States before the change, e.g. active; none for unset.");
  table.Add(&match.to, "to", "States after it, or the reason of an eviction.");
  table.Add(&match.names, "name", "Names of the resource; globs with * and ?.");
  table.Add(&match.stacks, "stack", "Stacks; globs with * and ?.");
  table.Add(&match.fields, "field",
            "Changed fields, each of which must match one of these: labels.traefik.*, "
            "env.BUILD_*, or a whole group such as image.");
  table.Add(&match.clusters, "cluster", "Names of the swarm; globs with * and ?.");
  table.Add(&match.stopping, "stopping",
            "True if the task was already being stopped; false for other changes.");
  table.Add(&match.tasks_missing, "tasks_missing",
            "True if an update or rollback completed although tasks failed and are missing; no "
            "for other changes.");
  table.Add(&match.automatic, "automatic",
            "True if the engine rolled an update back by itself; false for other changes.");
  table.Add(&match.labels, "label", "Labels of the resource: names, and globs for the values.",
            {.refusal = "must be a map of label names and values"});
  return table;
}

std::vector<Setting> MatchKeys() {
  MatchConfig match;
  return DescribeMatch(match).Rows();
}

MatchConfig ReadMatch(const YamlNode& node, const std::string& name, Problems& problems) {
  MatchConfig match;
  const SettingsTable table = DescribeMatch(match);
  Record record(table, node, name, problems);
  // Not after an error in `change`: the states would be checked against the wrong changes.
  if (record.IsGood(&match.changes)) {
    CheckStates(record, match.from, Side::kBefore, match.changes);
    CheckStates(record, match.to, Side::kNow, match.changes);
  }
  CheckFields(record, match.fields, match.changes);
  return match;
}

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
