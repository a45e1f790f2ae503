#pragma once

#include <string>

#include "notifier/cards/card.h"
#include "notifier/chat/chat.h"

namespace swarmbell {

// A terminal, or whoever reads standard output.
Chat ConsoleChat();

// Text for a terminal, ending in a newline. Control characters of values are shown, never sent. Pure.
std::string RenderTerminal(const Card& full, const TerminalStyle& style);

// How standard output shows cards: in colour on a terminal unless NO_COLOR is set (https://no-color.org), as
// wide as the terminal, else 80 columns.
TerminalStyle StandardOutputStyle();

}  // namespace swarmbell
