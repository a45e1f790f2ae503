#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/time/clock.h"
#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/receipt.h"

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
  // The alerts that it shows; empty for a card about no change. Messages with alerts can be folded into one.
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

// A message that is to be posted, and those that it is folded with.
struct Waiting {
  Message message;
  std::uint64_t number = 0;  // in the log
  MonotonicTime enqueued;
  bool test = false;
  std::uint32_t attempts = 0;
  // Those that it is folded with, in order; they have no parts of their own.
  std::vector<Waiting> parts{};
  bool alone = false;  // not to be folded: a digest with it was refused

  std::size_t Alerts() const;  // with those of its parts
  std::size_t Lines() const;   // likewise; see LinesFor
};

// The same messages in order: each takes those that follow it in, as long as a card of `digest_lines` lines
// shows them. Pure.
std::deque<Waiting> Folded(std::deque<Waiting> queue, std::size_t digest_lines);

// The message and those that it is folded with, each by itself for good. Pure.
std::vector<Waiting> Unfolded(Waiting waiting);

}  // namespace swarmbell
