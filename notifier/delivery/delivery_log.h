#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

enum class DeliveryProgress { kPending, kAccepted, kFailed };

// The outcome of one message to one receiver.
struct DeliveryRecord {
  std::string receiver;
  std::string title;
  Color color = Color::kBlue;
  DeliveryProgress progress = DeliveryProgress::kPending;
  std::uint32_t attempts = 0;
  std::string error;  // of the last attempt; empty when accepted
  std::string odd;    // what was odd about its being accepted; mostly empty
  absl::Time enqueued;
  std::optional<absl::Time> finished;
  std::vector<std::string> event_ids;
};

// The last deliveries, bounded: the oldest is forgotten first, whatever became of it. Thread-safe.
class DeliveryLog {
 public:
  explicit DeliveryLog(std::size_t capacity = 1000);

  // Returns the number of the record for the other calls. Changes of evicted records have no effect.
  std::uint64_t Add(DeliveryRecord record);
  void Tried(std::uint64_t number, const std::string& error);
  // `why` it failed, or what was odd about its being accepted.
  void Finish(std::uint64_t number, DeliveryProgress progress, const std::string& why, absl::Time time);

  // The newest first.
  std::vector<DeliveryRecord> Newest(std::size_t most) const;

  // Waits until the delivery is finished, until `limit` (real time) or `stop`; returns it as it is then, or
  // nothing when it is forgotten.
  std::optional<DeliveryRecord> WaitFinished(std::uint64_t number, absl::Duration limit,
                                             std::stop_token stop) const;

 private:
  DeliveryRecord* Find(std::uint64_t number);              // mutex_ held
  const DeliveryRecord* Find(std::uint64_t number) const;  // mutex_ held

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any finished_;
  std::deque<DeliveryRecord> records_;  // guarded by mutex_
  std::uint64_t first_ = 0;             // the number of the oldest record; guarded by mutex_
};

}  // namespace swarmbell
