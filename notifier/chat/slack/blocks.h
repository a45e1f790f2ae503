#pragma once

#include <string>
#include <string_view>

#include "nlohmann/json_fwd.hpp"
#include "notifier/cards/card.h"

namespace swarmbell::cards {

// Slack's Block Kit blocks, https://docs.slack.dev/reference/block-kit/blocks. Text from outside goes only
// into `rich_text` and `plain_text`, which show it as it is; `mrkdwn` gets nothing that could format or ping.

// The blocks of one section of a card, as a JSON array.
nlohmann::ordered_json SlackBlocks(const CardSection& section, const std::string& inspect);

// A sentence of literal text.
nlohmann::ordered_json SlackParagraph(const std::string& text);

// A small grey line: literal text, then mrkdwn of this program's own; either may be empty.
nlohmann::ordered_json SlackGreyLine(const std::string& text, const std::string& mrkdwn);

// `& < >` as Slack wants them escaped.
std::string SlackEscaped(std::string_view text);

}  // namespace swarmbell::cards
