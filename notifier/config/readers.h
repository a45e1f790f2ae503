#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/settings/problems.h"
#include "common/settings/yaml_node.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The structured parts of the notifier's configuration, read and checked. What is wrong goes to `problems`,
// with its place and never with a webhook URL; the answer then holds what could be read.

// `name` is what problems call it, e.g. `rules[0].match`.
MatchConfig ReadMatch(const YamlNode& node, const std::string& name, Problems& problems);

// The user's own receivers.
std::vector<ReceiverConfig> ReadReceivers(const YamlNode& node, Problems& problems);

// The rules in the order to try: the user's, then the built-in ones, each of which a user's rule of its name
// replaces in place; what such a rule leaves out stays as it was. `receivers` are the names that exist.
std::vector<RuleConfig> ReadRules(const YamlNode& node, const std::vector<std::string>& receivers,
                                  Problems& problems);

std::vector<MuteConfig> ReadMutes(const YamlNode& node, Problems& problems);

std::vector<LinkConfig> ReadLinks(const YamlNode& node, Problems& problems);

// Colours by name; a problem for each other word, at `where`.
std::vector<Color> ReadColors(const std::vector<std::string>& words, const std::string& where,
                              Problems& problems);

// A problem, at `where`, for each `{word}` in `text` that is none of `known`.
void CheckPlaceholders(const std::string& text, const std::vector<std::string>& known,
                       const std::string& where, Problems& problems);

// The items of a setting that must be a list; none, and a problem, if it is not.
const std::vector<YamlNode>& ListItems(const YamlNode& node, std::string_view name, Problems& problems);

}  // namespace swarmbell
