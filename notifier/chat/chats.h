#pragma once

#include <string>

#include "notifier/chat/chat.h"

namespace swarmbell {

// The chat of a receiver.
const Chat& ChatOf(ReceiverType type);

// The chat of this name; null if there is none.
const Chat* FindChat(const std::string& name);

}  // namespace swarmbell
