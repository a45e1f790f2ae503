#include "notifier/chat/chat.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "notifier/chat/alertmanager/alertmanager.h"
#include "notifier/chat/console/console.h"
#include "notifier/chat/grafana/grafana.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/slack_bot/slack_bot.h"
#include "notifier/chat/teams/teams.h"
#include "notifier/chat/webhook/signed_webhook.h"
#include "notifier/config/receiver_types.h"

namespace swarmbell {
namespace {

// All chats. A new one is a folder, a line here, and its type and keys in the configuration: CONTRIBUTING.md.
const auto& Chats() {
  static const std::array chats = {
      SlackChat(),   SlackBotChat(),     TeamsChat(),   ConsoleChat(),
      WebhookChat(), AlertmanagerChat(), GrafanaChat(),
  };
  return chats;
}

}  // namespace

std::string Verdict::Words() const {
  return absl::StrCat(reason, reason.empty() || advice.empty() ? "" : "; ", advice);
}

const Chat& ChatOf(ReceiverType type) {
  return *std::find_if(Chats().begin(), Chats().end(),
                       [type](const Chat& chat) { return chat.type == type; });
}

std::string ChatNames() {
  std::vector<std::string> names;
  for (const Chat& chat : Chats()) names.emplace_back(chat.name);
  return JoinOr(std::move(names));
}

const Chat* FindChat(const std::string& name) {
  const auto* const chat =
      std::find_if(Chats().begin(), Chats().end(), [&name](const Chat& one) { return one.name == name; });
  return chat == Chats().end() ? nullptr : &*chat;
}

}  // namespace swarmbell
