#pragma once

#include <string>

#include "notifier/cards/card.h"
#include "notifier/chat/chat.h"

namespace swarmbell {

// Standard output, as text for a terminal.
Chat ConsoleChat();

// Renders a card as text for a terminal, ending in a newline. Control characters of values are escaped. Pure.
std::string RenderTerminal(const Card& full, const TerminalStyle& style);

// The style for standard output: in colour on a terminal unless NO_COLOR is set (https://no-color.org), as
// wide as the terminal, otherwise 80 columns.
TerminalStyle StandardOutputStyle();

}  // namespace swarmbell
