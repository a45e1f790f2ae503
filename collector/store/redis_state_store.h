#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "collector/changelog/memory_change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/store/state_store.h"
#include "collector/store/store_reader.h"
#include "collector/store/store_writer.h"
#include "common/metrics/metrics.h"
#include "common/redis/redis_options.h"
#include "common/time/backoff.h"

namespace swarmbell {

// Keeps the state in Redis in the background: one thread writes what has changed since its last write, and
// nobody waits for it but Begin(). While Redis is away nothing queues up: when it is back, the latest state
// and the changes that the log still holds are written.
//
// At a start the state in Redis is used as a whole or not at all; if it cannot be read in time, the collector
// continues without it, and replaces it once Redis can be reached.
class RedisStateStore final : public StateStore {
 public:
  // `log`, `book` and `metrics` must outlive it. Declares its metrics.
  RedisStateStore(RedisStateOptions options, MemoryChangeLog& log, SubscriptionBook& book, Metrics& metrics);
  // Stops.
  ~RedisStateStore() override;
  RedisStateStore(const RedisStateStore&) = delete;
  RedisStateStore& operator=(const RedisStateStore&) = delete;

  KeptState Begin(const StateOwner& owner) override;
  void Keep(KnownPart part, const Known& known) override;
  void LogChanged() override;
  void End() override;

  // Waits until the first Begin() has returned, at most as long as it may take.
  void WaitUntilBegun();

  // Tries once more to store what is not stored yet, and ends the thread.
  void Stop();

 private:
  using Steady = std::chrono::steady_clock;

  // The request of Begin() to the thread.
  struct Question {
    StateOwner owner;
    Steady::time_point deadline;
    std::optional<absl::StatusOr<StoredState>> answer;
  };

  KeptState Restore(const StateOwner& owner, StoredState stored);
  std::shared_ptr<Question> Ask(const StateOwner& owner);
  void Use(std::unique_ptr<StoreWriter> writer, const KeptState& state);

  // The thread's.
  void Run(const std::stop_token& stop);
  bool WaitForWork(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  bool IsDue(Steady::time_point now) const;
  void Answer(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void Write(std::unique_lock<std::mutex>& lock);
  void Worked(const StoreWritten& written);
  void Failed(const absl::Status& status);
  void CountUnstored();

  const RedisStateOptions options_;
  MemoryChangeLog& log_;
  SubscriptionBook& book_;
  Metrics& metrics_;
  const std::string writer_name_;

  // Begin()'s: fixed by its first call.
  std::string salt_;
  std::string marker_key_;

  // The thread's.
  RedisClient client_;
  std::unique_ptr<StoreWriter> writer_;  // null while nothing is to be written
  std::uint64_t stored_book_version_ = 0;
  Backoff backoff_;
  Steady::time_point retry_at_;
  Steady::time_point refresh_at_;
  std::optional<absl::StatusCode> trouble_;  // what has been told

  std::mutex mutex_;
  std::condition_variable_any changed_;
  // All below is guarded by mutex_.
  std::shared_ptr<Question> question_;
  std::optional<std::unique_ptr<StoreWriter>> next_writer_;  // for the thread to use from now on
  std::shared_ptr<const Known> swarm_;                       // never null, as the next
  std::shared_ptr<const Known> containers_;
  bool dirty_ = false;
  bool begun_ = false;

  std::jthread thread_;
};

}  // namespace swarmbell
