#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
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
#include "common/time/monotonic_time.h"
#include "notifier/chat/chat.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/message.h"

namespace swarmbell {

struct PacerOptions {
  // The time between messages in the long run; 0 for no limit.
  absl::Duration interval = absl::Seconds(1);
  // How many may go at once after a quiet time.
  int burst = 5;
};

// Keeps to a rate that a webhook takes: a bucket of `burst` messages that refills by one each interval.
//
// Pure: times are passed in. Not thread-safe.
class Pacer {
 public:
  explicit Pacer(PacerOptions options);

  // When the next message may go; `now` or earlier when it may go at once.
  MonotonicTime NextTurn(MonotonicTime now) const;

  // A message went.
  void Take(MonotonicTime now);

 private:
  absl::Duration BurstSpan() const;

  PacerOptions options_;
  MonotonicTime full_at_ = MonotonicTime::InfinitePast();  // when the bucket is full if nothing goes
};

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
  // A receiver that accepts no post for this long is told of; see ReceiverTrouble.
  absl::Duration failing_after = absl::Minutes(1);
  // Takes what is to be told of the receiver, on its thread, until `stop`. May be null.
  std::function<void(ReceiverNews news, std::stop_token stop)> on_news{};
};

// Posts messages to one receiver, in order, on a thread of its own: paced, retried while that may help, given
// up one by one so that none blocks those behind it for ever, folded into digests when too many wait.
//
// Thread-safe. Outcomes are logged, counted (see metrics.h of this folder) and kept in the DeliveryLog; none
// of these show the receiver's URL.
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

  // The same for a message that somebody waits for. Nothing, and it is not queued, while another one waits or
  // when the queue is full: a test makes no alert give way. It is not tried until somebody has mended the
  // receiver: that is what he wants to hear.
  std::optional<std::uint64_t> EnqueueTest(Message message);

  // Posts by another channel (null: the same) and with other options from now on, also what is queued. Waits
  // between attempts end; what is being posted is not disturbed. The pace stays.
  void Change(std::unique_ptr<Channel> channel, ReceiverOptions options);

  // Says that nothing more will come: waits between attempts become short.
  void BeginDrain();

  // The receiver was removed from the configuration: queued messages are tried once more, then dropped. It
  // reports no failure any longer.
  void Retire();
  // True if nothing is left to do after that.
  bool IsDone() const { return done_.stop_requested(); }

  // Waits for what is queued, at most `limit`; what is left then is given up and its receipts are marked as
  // lost. Ends the thread.
  void Finish(absl::Duration limit);

  // Leaves the queue, and posts that wait for a retry, to another notifier: their receipts are marked as
  // lost. A post in flight ends first, and is lost only if it fails. From now on no trouble of the receiver
  // is reported.
  void HandOver();
  // This notifier is on duty, as at first.
  void TakeOver();

  const std::string& name() const { return name_; }

  // True if it was reported as failing and has not accepted a post since.
  bool IsFailing() const;

 private:
  void Run(std::stop_token stop);
  std::optional<Waiting> Next(std::stop_token stop);
  std::uint64_t Log(const Message& message);
  void Fold();                        // mutex_ held
  std::optional<Waiting> MakeRoom();  // mutex_ held
  Message FormOf(const Waiting& waiting) const;
  bool Unfold(Waiting& waiting);
  void Deliver(Waiting waiting, std::stop_token stop);
  bool WaitForTurn(const Waiting& waiting, std::stop_token stop);
  MonotonicTime NextTurn(MonotonicTime now, bool draining) const;
  MonotonicTime CheckTrouble(MonotonicTime now, std::size_t alerts, std::stop_token stop);
  void Tell(ReceiverNews news, std::stop_token stop);
  void CountFailure(const Verdict& verdict);
  void EndTest(std::uint64_t number);
  bool Settle(Waiting& waiting, const Message& message, const Verdict& verdict, std::stop_token stop);
  void TakeChange();
  void PlanRetry(const Verdict& verdict);
  void Accept(const Waiting& waiting, const Message& message, const std::string& odd, std::stop_token stop);
  void Fail(const Waiting& waiting, const std::string& outcome, const std::string& why);
  void Lose(const Waiting& waiting, const std::string& why);
  void LoseTheRest(const std::string& why);
  bool IsHandedOver() const;
  // True while the queue is drained; see the other ends of a wait below.
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
  MonotonicTime last_try_ = MonotonicTime::InfinitePast();
  MonotonicTime retry_at_ = MonotonicTime::InfinitePast();     // by the back-off
  MonotonicTime asked_until_ = MonotonicTime::InfinitePast();  // by the receiver's own Retry-After
  std::uint32_t failures_in_row_ = 0;
  MonotonicTime warned_at_;  // of the last failure that was told as a warning

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Waiting> queue_;          // guarded by mutex_
  bool handed_over_ = false;           // what is being delivered; guarded by mutex_
  std::optional<std::uint64_t> test_;  // the test that waits; guarded by mutex_
  ReceiverTrouble trouble_;            // stays as it is while nothing is told; guarded by mutex_
  bool tells_ = true;                  // of its trouble; guarded by mutex_
  bool draining_ = false;              // guarded by mutex_
  ReceiverOptions options_;            // guarded by mutex_
  // Takes the place of channel_ before the next attempt; guarded by mutex_.
  std::unique_ptr<Channel> next_channel_;
  bool changed_over_ = false;  // since the thread last looked; guarded by mutex_
  std::stop_source nudge_;     // cuts a wait short; guarded by mutex_
  std::stop_source done_;      // the thread has nothing more to do

  std::jthread thread_;  // last: uses everything above
};

}  // namespace swarmbell
