#pragma once

#include <string>

#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"

namespace swarmbell {

// The card of a group of alerts. Pure.
Card BuildCard(const AlertGroup& group, const std::vector<LinkConfig>& links);

// The JSON body of a Slack incoming-webhook post, at most 12,000 bytes.
std::string RenderSlack(const Card& card);

// The JSON body of a Teams workflow post (an Adaptive Card 1.4), at most 20,480 bytes.
std::string RenderTeams(const Card& card);

struct TerminalStyle {
  bool color = false;
  int width = 80;  // columns
};
// Text for a terminal, ending in a newline. Control characters of values are shown, never sent.
std::string RenderTerminal(const Card& card, const TerminalStyle& style);

}  // namespace swarmbell
