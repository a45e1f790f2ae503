#include "notifier/config/show.h"

#include <map>
#include <string>

#include "common/settings/secret.h"
#include "notifier/config/color.h"

namespace swarmbell {
namespace {

// One word as itself, several as a list, none not at all.
void PutWords(YamlNode& map, const std::string& key, const std::vector<std::string>& words) {
  if (words.empty()) return;
  map.Put(key, words.size() == 1 ? YamlNode::Scalar(words[0]) : YamlNode::List(words));
}

YamlNode ShowMatch(const MatchConfig& match) {
  YamlNode node = YamlNode::Map();
  PutWords(node, "change", match.changes);
  PutWords(node, "kind", match.kinds);
  PutWords(node, "from", match.from);
  PutWords(node, "to", match.to);
  PutWords(node, "name", match.names);
  PutWords(node, "stack", match.stacks);
  PutWords(node, "field", match.fields);
  PutWords(node, "cluster", match.clusters);
  if (match.stopping) node.Put("stopping", YamlNode::Scalar(*match.stopping ? "true" : "false"));
  if (match.tasks_missing) {
    node.Put("tasks_missing", YamlNode::Scalar(*match.tasks_missing ? "true" : "false"));
  }
  if (match.automatic) node.Put("automatic", YamlNode::Scalar(*match.automatic ? "true" : "false"));
  if (match.labels.empty()) return node;
  YamlNode labels = YamlNode::Map();
  for (const auto& [name, value] : match.labels) labels.Put(name, YamlNode::Scalar(value));
  node.Put("label", labels);
  return node;
}

YamlNode ShowRule(const RuleConfig& rule) {
  YamlNode node = YamlNode::Map();
  node.Put("name", YamlNode::Scalar(rule.name));
  node.Put("match", ShowMatch(rule.match));
  node.Put("color", YamlNode::Scalar(ColorName(rule.color)));
  if (!rule.enabled) node.Put("enabled", YamlNode::Scalar("false"));
  PutWords(node, "receivers", rule.receivers);
  if (!rule.title.empty()) node.Put("title", YamlNode::Scalar(rule.title));
  return node;
}

}  // namespace

YamlNode ShowRules(const std::vector<RuleConfig>& rules) {
  YamlNode list = YamlNode::List();
  for (const RuleConfig& rule : rules) list.items.push_back(ShowRule(rule));
  return list;
}

YamlNode HideUrls(const YamlNode& receivers) {
  YamlNode hidden = receivers;
  for (YamlNode& receiver : hidden.items) {
    for (auto& [key, value] : receiver.entries) {
      if (key == "url" && value.IsScalar() && !value.scalar.empty()) value.scalar = kSecretPlaceholder;
    }
  }
  return hidden;
}

}  // namespace swarmbell
