#pragma once

#include <vector>

#include "notifier/rules/alert.h"

namespace swarmbell {

// The colour of a message that tells all of `alerts` (see AlertGroup::color). Pure.
Color GroupColor(const std::vector<Alert>& alerts);

}  // namespace swarmbell
