#pragma once

#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"

namespace swarmbell::cards {

// Many changes on one card: a line for each object, red first.
Card DigestCard(const AlertGroup& digest, const std::vector<LinkConfig>& links);

}  // namespace swarmbell::cards
