#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "notifier/cards/card.h"

namespace swarmbell::slack {

// Slack's rich text, https://docs.slack.dev/reference/block-kit/blocks/rich-text-block: it shows text from
// outside unchanged. All pure.

using Json = nlohmann::ordered_json;

Json Text(const std::string& text, bool bold = false);
Json Element(const char* type, Json elements);
Json RichText(Json elements);
Json Line(Json elements);

// True for sections of rows, which can share one box and its columns.
bool IsAligned(const CardSection& section);

// The sections from `begin` to `end`, each aligned, in one box: labels and old values plain, new values bold.
Json AlignedBlock(const CardSection* begin, const CardSection* end, const std::string& inspect);

// Lines unchanged in a box, below a title unless that is empty.
Json Verbatim(const std::string& title, const std::vector<std::string>& lines);

}  // namespace swarmbell::slack
