#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/time/clock.h"
#include "notifier/alert/signals.h"
#include "notifier/cards/card.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The outcome of an attempt to post.
enum class Outcome {
  kAccepted,
  kRetry,        // not accepted now, may be accepted later
  kUntilMended,  // accepted once a person has repaired the receiver or its setting
  kFinal,        // the message itself is refused and will never be accepted
};

// A message in a chat, by the chat's own identifiers.
struct MessageId {
  std::string channel;
  std::string id;
  friend bool operator==(const MessageId&, const MessageId&) = default;
};

// The meaning of an answer to a post.
struct Verdict {
  Outcome outcome = Outcome::kAccepted;
  // Why the message was not accepted; or, when accepted, what is unusual about the answer, may be empty.
  // Never contains the URL or a part of it.
  std::string reason{};
  // The time to wait before the next post to the receiver; at most 10 minutes.
  std::optional<absl::Duration> retry_after{};
  // Advice for a person; may be empty.
  std::string advice{};
  // True if the answer is an error, but the message was delivered: no part of it may be posted again.
  bool taken = false;
  // The new message, where the chat names it.
  std::optional<MessageId> posted{};
  // True if the message to edit can be edited no more: another must take its place.
  bool gone = false;

  // True if the message may be posted again.
  bool MayGoAgain() const { return outcome == Outcome::kRetry || outcome == Outcome::kUntilMended; }
  // Reason and advice in one text.
  std::string Words() const;
};

// The way to one receiver. Not thread-safe.
class Channel {
 public:
  virtual ~Channel() = default;

  // Posts once, without retries. Returns within the channel's timeout, and at once after `stop`.
  virtual Verdict Post(const std::string& body, std::stop_token stop) = 0;

  // Replaces a message, and adds a reply to one, which `broadcast` also shows in the channel itself. Like
  // Post. Only for a chat with Chat::edits; any other posts the body.
  virtual Verdict Edit(const MessageId&, const std::string& body, std::stop_token stop) {
    return Post(body, std::move(stop));
  }
  virtual Verdict Reply(const MessageId&, const std::string& body, bool, std::stop_token stop) {
    return Post(body, std::move(stop));
  }
};

// How a terminal shows cards.
struct TerminalStyle {
  bool color = false;
  int width = 80;      // columns
  bool links = false;  // titles of links that can be clicked (OSC 8)
  absl::TimeZone zone = absl::UTCTimeZone();
};

// The contents of a message. The parts must outlive it.
struct Notice {
  const Card& card;                  // for people
  const std::vector<Alert>& alerts;  // for programs; empty for a test
  const Signal& signal;              // likewise; only for a chat with `per_signal`
};

// One kind of chat: how it renders a message, and how it is reached. Each has a folder beside this file.
struct Chat {
  ReceiverType type;
  const char* name;  // for --preview
  // Renders the body of a post; only the console uses `style`. Pure.
  std::string (*render)(const Notice& notice, const TerminalStyle& style);
  // `console` and `clock` must outlive the channel.
  std::unique_ptr<Channel> (*open)(const ReceiverConfig& receiver, const DeliveryConfig& delivery,
                                   std::ostream& console, Clock& clock);
  // True if posts need neither rate limit nor digests.
  bool takes_any_number = false;
  // True if messages can be edited: a story is then one message.
  bool edits = false;
  // True if a program reads the messages: each is about one signal, and no digest is made.
  bool per_signal = false;
  // Makes one body of those of several open alarms. If set, they are posted again and again while they last.
  std::string (*join)(const std::vector<std::string>& bodies) = nullptr;
};

// The chat of a receiver.
const Chat& ChatOf(ReceiverType type);

// The chat of this name; null if there is none.
const Chat* FindChat(const std::string& name);

// `slack, teams or terminal`: all names.
std::string ChatNames();

}  // namespace swarmbell
