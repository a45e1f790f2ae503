#pragma once

#include <vector>

#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"

namespace swarmbell {

// The card of a group of alerts. Pure.
Card BuildCard(const AlertGroup& group, const std::vector<LinkConfig>& links);

}  // namespace swarmbell
