#pragma once

#include <map>
#include <string>

#include "notifier/cards/card.h"

namespace swarmbell {

// Cards that try everything that could format, ping, break or overflow a message. By name.
std::map<std::string, Card> HostileCards();

}  // namespace swarmbell
