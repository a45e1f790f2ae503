#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/feed_batch.h"
#include "notifier/rules/alert.h"

namespace swarmbell {

// A message in the form that its receiver takes.
struct Message {
  std::string title;
  Color color = Color::kBlue;
  std::string body;
  std::vector<std::string> event_ids;  // the first of many
  // When the oldest of its changes was observed; unset if unknown.
  std::optional<absl::Time> observed;
  std::vector<std::shared_ptr<Receipt>> receipts;
  // What it tells; empty for a card that tells of no change. Messages that have some can be folded into one.
  std::vector<Alert> alerts;
};

// How messages are put into form.
struct MessageForm {
  std::vector<LinkConfig> links;
  TerminalStyle terminal;
};

// A card that tells of no change. Pure.
Message MakeMessage(const ReceiverConfig& receiver, Card card, const MessageForm& form);

// The exact message that `receiver` would be sent. Pure.
Message MakeMessage(const ReceiverConfig& receiver, const AlertGroup& group, const MessageForm& form);
Message MakeMessage(const ReceiverConfig& receiver, OutgoingGroup group, const MessageForm& form);

}  // namespace swarmbell
