#include "notifier/delivery/message.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/time/proto_time.h"
#include "notifier/cards/build_card.h"
#include "notifier/chat/chat.h"

namespace swarmbell {
namespace {

// A digest may tell of thousands; the list is for people who look one up.
constexpr std::size_t kMaxEventIds = 200;

bool Mentions(const ReceiverConfig& receiver, Color color) {
  const std::vector<Color>& colors = receiver.mention_colors;
  if (colors.empty()) return color == Color::kRed;
  return std::find(colors.begin(), colors.end(), color) != colors.end();
}

std::optional<absl::Time> OldestObservation(const std::vector<Alert>& alerts) {
  std::optional<absl::Time> oldest;
  for (const Alert& alert : alerts) {
    if (!alert.event.has_observe_time()) continue;
    const absl::Time time = FromProto(alert.event.observe_time());
    oldest = oldest ? std::min(*oldest, time) : time;
  }
  return oldest;
}

}  // namespace

Message MakeMessage(const ReceiverConfig& receiver, Card card, const MessageForm& form) {
  if (!receiver.mention.empty() && Mentions(receiver, card.color)) card.mention = receiver.mention;
  Message message;
  message.title = card.title;
  message.color = card.color;
  message.body = ChatOf(receiver.type).render(card, form.terminal);
  return message;
}

Message MakeMessage(const ReceiverConfig& receiver, const AlertGroup& group, const MessageForm& form) {
  Message message = MakeMessage(receiver, BuildCard(group, form.links), form);
  for (const Alert& alert : group.alerts) {
    if (message.event_ids.size() == kMaxEventIds) break;
    message.event_ids.push_back(alert.event.event_id());
  }
  message.observed = OldestObservation(group.alerts);
  return message;
}

Message MakeMessage(const ReceiverConfig& receiver, OutgoingGroup group, const MessageForm& form) {
  Message message = MakeMessage(receiver, group.group, form);
  message.receipts = std::move(group.receipts);
  message.alerts = std::move(group.group.alerts);
  return message;
}

}  // namespace swarmbell
