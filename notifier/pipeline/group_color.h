#pragma once

#include <vector>

#include "notifier/rules/alert.h"

namespace swarmbell {

// The one of two colours that says that more is wrong. Pure.
Color Gravest(Color one, Color two);

// The colour of a message that tells all of `alerts` (see AlertGroup::color). Pure.
Color GroupColor(const std::vector<Alert>& alerts);

}  // namespace swarmbell
