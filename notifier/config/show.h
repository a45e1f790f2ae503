#pragma once

#include <vector>

#include "common/settings/yaml_node.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The rules as the setting `rules` would hold them, to print and to paste.
YamlNode ShowRules(const std::vector<RuleConfig>& rules);

// The setting `receivers` with each url replaced by a placeholder.
YamlNode HideUrls(const YamlNode& receivers);

}  // namespace swarmbell
