#pragma once

#include "notifier/cards/card.h"
#include "notifier/pipeline/alert_group.h"

namespace swarmbell::cards {

// Many changes on one card: a line for each object, red first.
Card DigestCard(const AlertGroup& digest, const std::vector<LinkConfig>& links);

}  // namespace swarmbell::cards
