#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"
#include "notifier/delivery/channel.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/message.h"
#include "notifier/delivery/pacer.h"

namespace swarmbell {

struct ReceiverOptions {
  PacerOptions pace;
  BackoffOptions backoff;  // between attempts that failed
  // A message this old that fails once more is given up.
  absl::Duration give_up_after = absl::Hours(4);
  // Messages that wait; one more folds them, and drops the oldest if that makes no room.
  std::size_t queue_size = 1000;
  // When more messages than this wait, they are folded into cards of at most `digest_lines` lines (see
  // LinesFor); 0 for never.
  std::size_t digest_over = 20;
  std::size_t digest_lines = 20;  // what a card shows without leaving any out
  // Puts alerts into the form of one digest; must be set unless `digest_over` is 0. Called on the receiver's
  // thread.
  std::function<Message(std::vector<Alert> alerts)> digest{};
};

// Posts messages to one receiver, in order, on a thread of its own: paced, tried again while that may help,
// given up one by one so that none blocks those behind it for ever, folded into digests when too many wait.
//
// Thread-safe. What happens is logged, counted (see metrics.h of this folder) and kept in the DeliveryLog;
// nothing of it shows the receiver's URL.
class Receiver {
 public:
  // `clock`, `metrics` and `log` must outlive the receiver.
  Receiver(std::string name, std::unique_ptr<Channel> channel, ReceiverOptions options, Clock& clock,
           Metrics& metrics, DeliveryLog& log);

  // As Finish() without time.
  ~Receiver();

  // Never waits: when the queue is full even of digests, the oldest message in it is given up. Returns the
  // number of the delivery in the log.
  std::uint64_t Enqueue(Message message);

  // Posts by another channel (null: the same) and with other options from now on, also what is queued. Waits
  // between attempts end; what is being posted is not disturbed. The pace stays.
  void Change(std::unique_ptr<Channel> channel, ReceiverOptions options);

  // Says that nothing more will come: waits between attempts become short.
  void BeginDrain();

  // The receiver is none any more: what is queued is tried once more, and then given up.
  void Retire();
  // Whether nothing is left to do after that.
  bool IsDone() const { return done_.stop_requested(); }

  // Waits for what is queued, at most `limit`; what is left then is given up and its receipts are marked as
  // lost. Ends the thread.
  void Finish(absl::Duration limit);

  // What is queued is another notifier's to post: its receipts are marked as lost. What is being posted is
  // not.
  void HandOver();

  const std::string& name() const { return name_; }

 private:
  struct Waiting {
    Message message;
    std::uint64_t number = 0;  // in the log
    absl::Time enqueued;
    std::uint32_t attempts = 0;
    // Those that it is folded with, in order; they have no parts of their own.
    std::vector<Waiting> parts{};
    bool alone = false;  // not to be folded: a digest with it was refused

    std::size_t Lines() const;
    void Take(Waiting other);
  };

  void Run(std::stop_token stop);
  std::optional<Waiting> Next(std::stop_token stop);
  void Fold();  // mutex_ held
  Message FormOf(const Waiting& waiting) const;
  void Unfold(Waiting waiting);
  void Deliver(Waiting waiting, std::stop_token stop);
  bool WaitForTurn(std::stop_token stop);
  absl::Time NextTurn(absl::Time now, bool draining) const;
  bool Settle(Waiting& waiting, const Message& message, const Verdict& verdict);
  void TakeChange();
  void PlanRetry(const Verdict& verdict);
  void Accept(const Waiting& waiting, const Message& message, const std::string& odd);
  void Fail(const Waiting& waiting, const std::string& outcome, const std::string& why);
  void LoseTheRest(const std::string& why);
  // Whether the queue is being drained, and what else ends a wait.
  std::pair<bool, std::stop_token> Waking() const;
  absl::Duration GiveUpAfter() const;
  void SetQueueLength(std::size_t length);

  const std::string name_;
  std::unique_ptr<Channel> channel_;  // the thread's own
  Clock& clock_;
  Metrics& metrics_;
  DeliveryLog& log_;

  // The thread's own.
  Pacer pacer_;
  Backoff backoff_;
  absl::Time last_try_ = absl::InfinitePast();
  absl::Time retry_at_ = absl::InfinitePast();     // by the back-off
  absl::Time asked_until_ = absl::InfinitePast();  // by the receiver's own Retry-After
  std::uint32_t failures_in_row_ = 0;
  absl::Time warned_at_;  // of the last failure that was told as a warning

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Waiting> queue_;  // guarded by mutex_
  bool draining_ = false;      // guarded by mutex_
  ReceiverOptions options_;    // guarded by mutex_
  // Takes the place of channel_ before the next attempt; guarded by mutex_.
  std::unique_ptr<Channel> next_channel_;
  bool changed_over_ = false;  // since the thread last looked; guarded by mutex_
  std::stop_source nudge_;     // cuts a wait short; guarded by mutex_
  std::stop_source done_;      // the thread has nothing more to do

  std::jthread thread_;  // last: uses everything above
};

}  // namespace swarmbell
