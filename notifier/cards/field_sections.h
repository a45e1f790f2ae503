#pragma once

#include <cstddef>
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

// The same with the names of at most `most` entries, one at least: `env LOG_LEVEL, PORT, +2, image`.
std::string FieldNames(const FieldChanges& fields, std::size_t most);

}  // namespace swarmbell::cards
