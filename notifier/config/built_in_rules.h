#pragma once

#include <vector>

#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The rules that hold when the user says nothing, in the order to try. A user's rule of the same name takes a
// rule's place.
const std::vector<RuleConfig>& BuiltInRules();

}  // namespace swarmbell
