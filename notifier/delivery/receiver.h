#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/sync/mutex.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"
#include "notifier/chat/chat.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/message.h"
#include "notifier/delivery/story_poster.h"

namespace swarmbell {

struct ReceiverOptions {
  PacerOptions pace;
  BackoffOptions backoff;  // between attempts that failed
  // A message this old that fails once more is given up.
  absl::Duration give_up_after = absl::Hours(4);
  QueueLimits queue;
  // Makes one digest of alerts; must be set unless `queue.digest_over` is 0. Called on the receiver's thread.
  std::function<Message(std::vector<Alert> alerts)> digest{};
  // The messages that live, of a chat that can edit messages; it must outlive the receiver. Null for others.
  LivingMessages* living = nullptr;
  StoryPoster::Options stories{};  // used only with `living`
  // A receiver that accepts no post for this long is reported; see ReceiverTrouble.
  absl::Duration failing_after = absl::Minutes(1);
  // Called on the receiver's thread with each report about the receiver; may wait until `stop`. May be null.
  std::function<void(ReceiverNews news, std::stop_token stop)> on_news{};
};

// Posts messages to one receiver, in order, on a thread of its own: paced, retried while that may help, given
// up one by one so that none blocks those behind it for ever, folded into digests when too many wait.
//
// Thread-safe. Outcomes are logged, counted in the metrics and added to the DeliveryLog (see delivery_log.h);
// none of these show the receiver's URL.
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

  // The same for a test, whose caller waits for the outcome. Unset, without queueing it, while another test
  // waits or when the queue is full: a test drops no alert. It is not retried for errors that a person must
  // fix first: the caller wants to see them.
  std::optional<std::uint64_t> EnqueueTest(Message message);

  // Shows how far an update is, in the message that shows that update, once no message waits. The newest
  // counts; nothing else depends on it. No effect for a chat that cannot edit messages.
  void ShowProgress(const v1::ChangeEvent& progress);

  // Posts the body once, when no message waits, instead of one that was not posted yet. It is neither retried
  // nor logged: the next one comes soon. No effect while another notifier is active.
  void Repeat(std::string body);

  // Replaces the channel (unless null) and the options, also for queued messages. Waits between attempts end;
  // a post in progress is not interrupted. The pace stays.
  void Reconfigure(std::unique_ptr<Channel> channel, ReceiverOptions options);

  // No more messages will come: waits between attempts become short.
  void StartDrain();

  // The receiver was removed from the configuration: queued messages are tried once more, then dropped. No
  // failure of it is reported from now on.
  void Retire();
  // True if nothing is left to do after Retire().
  bool IsDone() const { return done_.stop_requested(); }

  // Waits for queued messages, at most `limit`; the rest is given up and its receipts are marked as lost.
  // Ends the thread.
  void Finish(absl::Duration limit);

  // Leaves the queue, and posts that wait for a retry, to another notifier: their receipts are marked as
  // lost. A post in flight ends first, and is lost only if it fails. No failure is reported from now on.
  void HandOver();
  // This notifier is active, as after construction.
  void TakeOver();

  const std::string& name() const { return name_; }

  // True if it was reported as failing and has not accepted a post since.
  bool IsFailing() const;

 private:
  void Run(std::stop_token stop);
  std::optional<Waiting> Next(std::stop_token stop);
  void TakeProgress(ProgressBySubject progress);
  void ShowNextProgress(std::stop_token stop);
  void PostRepeated(const std::string& body, std::stop_token stop);
  Verdict Send(const Message& message, std::stop_token stop);
  MonotonicTime NextEdit(const Message& message) const;
  void ConfigureStories();
  std::uint64_t Log(const Message& message);
  Message DigestOf(const Waiting& waiting) const;
  bool Unfold(Waiting& waiting);
  void Deliver(Waiting waiting, std::stop_token stop);
  bool WaitForTurn(const Waiting& waiting, std::stop_token stop);
  MonotonicTime NextTurn(MonotonicTime now, bool draining) const;
  MonotonicTime CheckTrouble(MonotonicTime now, std::size_t alerts, std::stop_token stop);
  void Report(ReceiverNews news, std::stop_token stop);
  void CountFailure(const Verdict& verdict);
  void EndTest(std::uint64_t number);
  bool HandleVerdict(Waiting& waiting, const Message& message, const Verdict& verdict, std::stop_token stop);
  void ApplyChange();
  void PlanRetry(const Verdict& verdict);
  void RecordAccepted(const Waiting& waiting, const Message& message, const std::string& odd,
                      std::stop_token stop);
  void RecordFailed(const Waiting& waiting, const std::string& outcome, const std::string& why);
  void MarkLost(const Waiting& waiting, const std::string& why);
  void MarkQueueLost(const std::string& why);
  bool IsHandedOver() const;
  absl::Duration GiveUpAfter() const;
  void UpdateQueueLength() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string name_;
  std::unique_ptr<Channel> channel_;  // the thread's own
  Clock& clock_;
  Metrics& metrics_;
  DeliveryLog& log_;

  const std::unique_ptr<StoryPoster> stories_;  // the thread's own; null if messages cannot be edited

  // The thread's own.
  std::map<std::string, std::string> progress_due_;  // subject -> story
  Pacer pacer_;
  Backoff backoff_;
  MonotonicTime last_try_ = MonotonicTime::InfinitePast();
  MonotonicTime retry_at_ = MonotonicTime::InfinitePast();     // by the back-off
  MonotonicTime asked_until_ = MonotonicTime::InfinitePast();  // by the receiver's own Retry-After
  std::uint32_t failures_in_row_ = 0;
  MonotonicTime warned_at_;  // when a failure was last logged as a warning

  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  ProgressBySubject progress_ ABSL_GUARDED_BY(mutex_);  // not taken yet
  std::string repeated_ ABSL_GUARDED_BY(mutex_);        // see Repeat; empty for nothing
  MessageQueue queue_ ABSL_GUARDED_BY(mutex_);
  bool handed_over_ ABSL_GUARDED_BY(mutex_) = false;           // the message being delivered
  std::optional<std::uint64_t> test_ ABSL_GUARDED_BY(mutex_);  // the test that waits
  ReceiverTrouble trouble_ ABSL_GUARDED_BY(mutex_);            // unchanged while nothing is reported
  bool reports_ ABSL_GUARDED_BY(mutex_) = true;                // its trouble
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  ReceiverOptions options_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Channel> next_channel_
      ABSL_GUARDED_BY(mutex_);                         // replaces channel_ before the next attempt
  bool changed_over_ ABSL_GUARDED_BY(mutex_) = false;  // since ApplyChange
  std::stop_source nudge_ ABSL_GUARDED_BY(mutex_);     // cuts a wait short
  std::stop_source done_;                              // stopped when the thread has nothing more to do

  std::jthread thread_;  // last: uses everything above
};

}  // namespace swarmbell
