#pragma once

#include <string>
#include <vector>

#include "common/settings/problems.h"
#include "common/settings/record.h"
#include "common/settings/setting.h"
#include "common/settings/yaml_node.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The structured parts of the notifier's configuration. Each part has one description of its keys, by which
// it is read, checked, shown and put into the JSON Schema. Errors go to `problems`, with their place and
// never with a webhook URL; the result then holds the readable part.

SettingsTable DescribeMatch(MatchConfig& match);
std::vector<Setting> MatchKeys();
// `name` is what problems call it, e.g. `rules[0].match`.
MatchConfig ReadMatch(const YamlNode& node, const std::string& name, Problems& problems);

// The user's own receivers.
std::vector<Setting> ReceiverKeys();
std::vector<ReceiverConfig> ReadReceivers(const YamlNode& node, Problems& problems);
// The setting `receivers` with each url replaced by a placeholder.
YamlNode HideUrls(const YamlNode& receivers);

// The rules in the order to try: the user's, then the built-in ones, each of which a user's rule of its name
// replaces in place; what such a rule leaves out stays as it was. `receivers` are the names that exist.
std::vector<Setting> RuleKeys();
std::vector<RuleConfig> ReadRules(const YamlNode& node, const std::vector<std::string>& receivers,
                                  Problems& problems);
// The rules as the setting `rules` would hold them, to print and to paste.
YamlNode ShowRules(const std::vector<RuleConfig>& rules);

std::vector<Setting> MuteKeys();
std::vector<MuteConfig> ReadMutes(const YamlNode& node, Problems& problems);

std::vector<Setting> LinkKeys();
std::vector<LinkConfig> ReadLinks(const YamlNode& node, Problems& problems);

// A problem of a key for each `{word}` in its text that is none of `known`.
void CheckPlaceholders(Record& record, const std::string& text, const std::vector<std::string>& known);

}  // namespace swarmbell
