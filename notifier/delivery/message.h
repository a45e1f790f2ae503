#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/signals.h"
#include "notifier/cards/card.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/receipt.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// Messages to one receiver: how they are made, which one is next, and when.

// A message in the form of its receiver's chat.
struct Message {
  std::string title;
  Color color = Color::kBlue;
  std::string body;
  std::vector<std::string> event_ids;  // at most the first 200
  // When the oldest of its changes was observed; unset if unknown.
  std::optional<absl::Time> observed;
  std::vector<std::shared_ptr<Receipt>> receipts;  // released once the message is done
  // The alerts that it shows; empty for a card about no change. Messages with alerts can be folded into one.
  std::vector<Alert> alerts;
  std::vector<EarlierChange> before{};  // see AlertGroup::before
  // See AwaitLastWords; null, as is `render`, if the message shows no output of a task.
  std::shared_ptr<PendingLastWords> last_words{};
  // Returns the body for the alerts as they are now. Must not wait.
  std::function<std::string(const Message& message)> render{};
  // For a chat with Chat::per_signal what it is about.
  Signal signal{};
  // The key of the story that it belongs to, for a chat that can edit messages; otherwise empty.
  std::string story{};
  bool continues = false;  // its story has a message already: it is never folded
};

// The swarms that this process has heard of: one, or several. Thread-safe.
class HeardSwarms {
 public:
  // A swarm with a new name is still the same, and so is a new swarm with the name of the one before.
  void Add(const v1::Cluster& swarm);

  bool AreSeveral() const { return several_; }

 private:
  std::atomic<bool> several_ = false;
  Mutex mutex_;
  v1::Cluster latest_ ABSL_GUARDED_BY(mutex_);
};

// How messages are rendered.
struct MessageForm {
  std::vector<LinkConfig> links;
  TerminalStyle terminal;
  // If these are several, each title names its swarm. May be null; must outlive the form.
  const HeardSwarms* swarms = nullptr;
};

// The message that shows the card; `signal` is that of the alerts, for a chat with Chat::per_signal. Each
// message, and each edit of one, is rendered here.
Message RenderMessage(const ReceiverConfig& receiver, Card card, const std::vector<Alert>& alerts,
                      const Signal& signal, const MessageForm& form);

// A card about no change. Pure.
Message MakeMessage(const ReceiverConfig& receiver, Card card, const MessageForm& form);

// The exact message for `receiver`; `signal` is that of the group, for a chat with Chat::per_signal. Pure.
Message MakeMessage(const ReceiverConfig& receiver, const AlertGroup& group, const MessageForm& form,
                    const Signal& signal = {});

// The messages for `receiver`: one, or for a chat with Chat::per_signal one for each signal. Never empty.
// Pure.
std::vector<Message> MakeMessages(const ReceiverConfig& receiver, OutgoingGroup group,
                                  const MessageForm& form);

// Waits for the last words of the message's failed task, if it shows some: until they are known, for at most
// three seconds from the message's emission, or until `stop`. Then shows them, or why there are none.
void AwaitLastWords(Message& message, Clock& clock, std::stop_token stop);

// A message that waits to be posted, and those that it is folded with.
struct Waiting {
  Message message;
  std::uint64_t number = 0;  // in the DeliveryLog
  MonotonicTime enqueued;
  bool test = false;
  std::uint32_t attempts = 0;
  // Those that it is folded with, in order; they have no parts of their own.
  std::vector<Waiting> parts{};
  bool alone = false;  // not to be folded: a digest with it was refused

  std::size_t Alerts() const;  // with those of its parts
  std::size_t Lines() const;   // likewise; see LinesFor
};

struct QueueLimits {
  // The number of messages; one more folds them, and drops the oldest if that makes no room.
  std::size_t size = 1000;
  // When more messages than this wait, they are folded into digests of at most `digest_lines` lines (see
  // LinesFor); 0 for never.
  std::size_t digest_over = 20;
  std::size_t digest_lines = 20;  // the lines that a card shows without leaving any out
};

// The messages that wait for one receiver, in order. A message is folded with those that follow it while a
// digest has lines for all of them. Bounded. Not thread-safe.
class MessageQueue {
 public:
  explicit MessageQueue(QueueLimits limits) : limits_(limits) {}
  void SetLimits(QueueLimits limits) { limits_ = limits; }

  // Adds a message. Returns the one that had to be dropped for it, if any: a test, else the oldest.
  std::optional<Waiting> Push(Waiting waiting);
  bool IsFull() const { return messages_.size() >= limits_.size; }

  // Removes and returns the next message, with those that are folded with it; unset if there is none.
  std::optional<Waiting> Pop();

  // Puts a message back to the front.
  void Return(Waiting waiting) { messages_.push_front(std::move(waiting)); }
  // The same for a digest, whose messages are never folded again.
  void ReturnUnfolded(Waiting waiting);

  std::deque<Waiting> TakeAll() { return std::exchange(messages_, {}); }

  std::size_t Size() const { return messages_.size(); }  // of messages, folded ones counted once
  std::size_t Alerts() const;

 private:
  void Fold();

  QueueLimits limits_;
  std::deque<Waiting> messages_;
};

struct PacerOptions {
  // The time between messages in the long run; 0 for no limit.
  absl::Duration interval = absl::Seconds(1);
  // How many may go at once after a quiet time.
  int burst = 5;
};

// Keeps to a rate that a webhook accepts: a bucket of `burst` messages that refills by one each interval.
//
// Pure: times are passed in. Not thread-safe.
class Pacer {
 public:
  explicit Pacer(PacerOptions options);

  // When the next message may go; `now` or earlier when it may go at once.
  MonotonicTime NextTurn(MonotonicTime now) const;

  // A message was sent.
  void Count(MonotonicTime now);

 private:
  absl::Duration BurstSpan() const;

  PacerOptions options_;
  MonotonicTime full_at_ = MonotonicTime::InfinitePast();  // when the bucket is full if nothing is sent
};

}  // namespace swarmbell
