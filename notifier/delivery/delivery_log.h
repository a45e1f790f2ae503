#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/chat/webhook.h"
#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The outcome of messages: metrics, the log of deliveries, and receivers that fail.

inline constexpr char kDeliveries[] = "swarmbell_deliveries_total";
inline constexpr char kDeliveryRetries[] = "swarmbell_delivery_retries_total";
inline constexpr char kDeliveryQueueLength[] = "swarmbell_delivery_queue_length";
inline constexpr char kReceiverFailing[] = "swarmbell_receiver_failing";
inline constexpr char kDeliveryLatency[] = "swarmbell_delivery_latency_seconds";

// The values of the label `outcome`.
inline constexpr char kOutcomeAccepted[] = "accepted";
inline constexpr char kOutcomeRefused[] = "refused";   // a final answer
inline constexpr char kOutcomeGivenUp[] = "given_up";  // tried for too long
inline constexpr char kOutcomeDropped[] = "dropped";   // the queue was full
inline constexpr char kOutcomeLost[] = "lost";         // the process ended first

// To be called once, before any receiver is made.
void DeclareDeliveryMetrics(Metrics& metrics);

enum class DeliveryProgress { kPending, kAccepted, kFailed };

// The outcome of one message to one receiver.
struct DeliveryRecord {
  std::string receiver;
  std::string title;
  Color color = Color::kBlue;
  DeliveryProgress progress = DeliveryProgress::kPending;
  std::uint32_t attempts = 0;
  std::string error;  // of the last attempt; empty when accepted
  std::string odd;    // what was unusual about the answer that accepted it; mostly empty
  absl::Time enqueued;
  std::optional<absl::Time> finished;
  std::vector<std::string> event_ids;
};

// The last deliveries, bounded: the oldest is evicted first, finished or not. Thread-safe.
class DeliveryLog {
 public:
  explicit DeliveryLog(std::size_t capacity = 1000);

  // Returns the number of the record for the other calls. Calls for evicted records have no effect.
  std::uint64_t Add(DeliveryRecord record);
  // An attempt was made; `error` is empty if the message was accepted.
  void CountAttempt(std::uint64_t number, const std::string& error);
  // `why` it failed, or what was unusual about the answer that accepted it.
  void Finish(std::uint64_t number, DeliveryProgress progress, const std::string& why, absl::Time time);

  // The newest first.
  std::vector<DeliveryRecord> Newest(std::size_t most) const;

  // Waits until the delivery is finished, until `limit` (real time) or `stop`; returns its present record, or
  // nothing if that was evicted.
  std::optional<DeliveryRecord> WaitFinished(std::uint64_t number, absl::Duration limit,
                                             std::stop_token stop) const;

 private:
  DeliveryRecord* Find(std::uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const DeliveryRecord* Find(std::uint64_t number) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::size_t capacity_;
  mutable Mutex mutex_;
  mutable std::condition_variable_any finished_;
  std::deque<DeliveryRecord> records_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t first_ ABSL_GUARDED_BY(mutex_) = 0;  // the number of the oldest record
};

// A report that a receiver fails, or works again, for the other receivers.
struct ReceiverNews {
  std::string receiver{};
  bool failing = false;  // false: it accepts posts
  std::string error{};
  std::string advice{};  // may be empty
  absl::Time since{};    // when the first post failed; now if none has
  std::size_t waiting_alerts = 0;
  std::size_t lost_alerts = 0;  // given up since then
};

// Decides when to report a receiver that accepts no posts: once, when none was accepted for long enough
// although some were tried, and once when one is accepted again. Pure: times are passed in. Not thread-safe.
class ReceiverTrouble {
 public:
  explicit ReceiverTrouble(std::string receiver) : receiver_(std::move(receiver)) {}

  // A post failed or was refused.
  void Failed(const Verdict& verdict, Instant now);

  // Alerts were given up.
  void Lost(std::size_t alerts);

  // A post was accepted. Returns what to report: the end of a failure that was reported, and once after the
  // start that the receiver works, because the process before may have reported a failure.
  std::optional<ReceiverNews> Accepted(absl::Time now);

  // Returns what to report if no post was accepted for `after`.
  std::optional<ReceiverNews> Check(MonotonicTime now, absl::Duration after, std::size_t waiting_alerts);

  // When Check may have something to report; in the infinite future if never.
  MonotonicTime Deadline(absl::Duration after) const;

  bool reported() const { return reported_; }

  // Another process reports it from now on.
  void Forget() { *this = ReceiverTrouble(receiver_); }

 private:
  std::string receiver_;
  std::optional<Instant> since_;  // unset while posts are accepted
  std::string error_;
  std::string advice_;
  std::size_t lost_ = 0;
  bool reported_ = false;
  bool reported_working_ = false;
};

// The change that the notifier makes of a report. Pure.
v1::ChangeEvent MakeReceiverEvent(const ReceiverNews& news, absl::Time now);

}  // namespace swarmbell
