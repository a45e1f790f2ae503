#include "notifier/chat/chats.h"

#include <algorithm>
#include <array>

#include "notifier/chat/console/console.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"

namespace swarmbell {
namespace {

// All chats. One more is one more folder and one more line here, besides its type in the configuration.
const auto& Chats() {
  static const std::array chats = {
      SlackChat(),
      TeamsChat(),
      ConsoleChat(),
  };
  return chats;
}

}  // namespace

const Chat& ChatOf(ReceiverType type) {
  return *std::find_if(Chats().begin(), Chats().end(),
                       [type](const Chat& chat) { return chat.type == type; });
}

const Chat* FindChat(const std::string& name) {
  const auto* const chat =
      std::find_if(Chats().begin(), Chats().end(), [&name](const Chat& one) { return one.name == name; });
  return chat == Chats().end() ? nullptr : &*chat;
}

}  // namespace swarmbell
