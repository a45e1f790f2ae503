#pragma once

#include <string>
#include <vector>

#include "common/settings/checks.h"
#include "common/settings/setting.h"
#include "common/settings/yaml.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The built-in rules, in the order in which they are tried. A user's rule replaces the one of its name.
const std::vector<RuleConfig>& BuiltInRules();

// Their names, in that order.
std::vector<std::string> BuiltInRuleNames();

// The structured settings of the notifier. One description of the keys of each serves to read, check and show
// it, and for the JSON Schema. Errors go to `problems`, with their place and never with a webhook URL; the
// result then holds the valid part.

SettingsTable DescribeMatch(MatchConfig& match);
std::vector<Setting> MatchKeys();
// `name` names it in problems, e.g. `rules[0].match`.
MatchConfig ReadMatch(const YamlNode& node, const std::string& name, Problems& problems);

// The settings that make one receiver each, such as slack.webhook_url. `given` has one receiver of each type,
// which stores their values. MakeReceivers checks them, and adds those that are set to `receivers`.
std::vector<ReceiverConfig> OneReceiverOfEachType();
void AddReceiverSettings(SettingsTable& table, std::vector<ReceiverConfig>& given);
void MakeReceivers(const std::vector<ReceiverConfig>& given, std::vector<ReceiverConfig>& receivers,
                   SettingsChecks& checks);

// The receivers of the setting `receivers`.
std::vector<Setting> ReceiverKeys();
std::vector<ReceiverConfig> ReadReceivers(const YamlNode& node, Problems& problems);
// The setting `receivers` with each url and token replaced by a placeholder.
YamlNode HideSecrets(const YamlNode& receivers);

// The rules in the order in which they are tried: the user's, then the built-in ones. A user's rule with the
// name of a built-in one replaces it in its place, and inherits what it leaves out. `receivers` are the
// existing names.
std::vector<Setting> RuleKeys();
std::vector<RuleConfig> ReadRules(const YamlNode& node, const std::vector<std::string>& receivers,
                                  Problems& problems);
// The rules as the value of the setting `rules`.
YamlNode ShowRules(const std::vector<RuleConfig>& rules);

std::vector<Setting> MuteKeys();
std::vector<MuteConfig> ReadMutes(const YamlNode& node, Problems& problems);

std::vector<Setting> LinkKeys();
std::vector<LinkConfig> ReadLinks(const YamlNode& node, Problems& problems);

// Reports each `{word}` in the text that is not among `known`.
void CheckPlaceholders(Record& record, const std::string& text, const std::vector<std::string>& known);

}  // namespace swarmbell
