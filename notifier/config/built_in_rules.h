#pragma once

#include <string>
#include <vector>

#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The rules that hold when the user says nothing, in the order to try. A user's rule of the same name takes a
// rule's place.
const std::vector<RuleConfig>& BuiltInRules();

// Their names, in that order.
std::vector<std::string> BuiltInRuleNames();

}  // namespace swarmbell
