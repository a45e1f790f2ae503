#pragma once

#include <vector>

#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"

namespace swarmbell {

// Builds the card of a group of alerts: the story of one object, or a digest of several. Pure.
Card BuildCard(const AlertGroup& group, const std::vector<LinkConfig>& links);

}  // namespace swarmbell
