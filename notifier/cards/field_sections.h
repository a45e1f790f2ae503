#pragma once

#include <string>
#include <vector>

#include "notifier/cards/card.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell::cards {

using FieldChanges = std::vector<v1::FieldChange>;

// Changed settings as sections of a card, one for each group, in the order in which the groups first come.
std::vector<CardSection> FieldSections(const FieldChanges& fields);

// Changed settings in half a sentence: `4 environment variables, arguments, memory limit`. Empty for none.
std::string FieldSummary(const FieldChanges& fields);

}  // namespace swarmbell::cards
