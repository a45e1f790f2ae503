#pragma once

#include <string>

#include "nlohmann/json_fwd.hpp"
#include "notifier/cards/card.h"

namespace swarmbell::cards {

// Elements of an Adaptive Card 1.4, https://adaptivecards.io/explorer. Text from outside goes into
// RichTextBlock, which shows it as it is; only words too long for a narrow card go into TextBlock, which can
// break them but reads Markdown, so that it is escaped there.

// The elements of one section of a card, as a JSON array.
nlohmann::ordered_json TeamsItems(const CardSection& section, const std::string& inspect);

// A paragraph of literal text with the properties of a TextRun.
nlohmann::ordered_json TeamsText(const std::string& text, nlohmann::ordered_json run_properties);

// As TeamsText, for text that may hold words as long as a card is wide.
nlohmann::ordered_json TeamsWrapped(const std::string& text, nlohmann::ordered_json properties);

}  // namespace swarmbell::cards
