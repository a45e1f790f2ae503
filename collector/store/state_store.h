#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/diff/diff.h"
#include "common/metrics/metrics.h"
#include "common/redis/redis_client.h"
#include "common/redis/redis_options.h"
#include "common/sync/mutex.h"
#include "common/time/backoff.h"

namespace swarmbell {

struct StoredState;
class StoreWriter;
struct StoreWritten;

// The owner of the state, and how it reads: which secrets are masked, and which labels are ignored.
struct StateOwner {
  std::string cluster_id;
  std::string node_id;
  std::vector<std::string> mask_names;
  std::vector<std::string> ignored_labels = {};
};

// The known state is stored in two parts, each by the thread that reads it.
enum class KnownPart { kSwarm, kContainers };

// The state that an earlier run has stored.
struct KeptState {
  bool found = false;
  // The key for the marks of masked values from now on (see Masker); empty if any will do.
  std::string marker_key;
  Known swarm;
  Known containers;
  // True if `swarm` and `containers` were read and masked as they are now. Otherwise texts cannot be
  // compared.
  bool same_reader = true;
};

// Stores the state that a collector needs after a restart: what is known, the log, and the subscriptions.
// Only Begin() waits, for a bounded time; the other functions return at once, whatever the store does. No
// function fails: a store that cannot be used is logged, counted and retried.
//
// Thread-safe.
class StateStore {
 public:
  virtual ~StateStore() = default;

  // Returns the stored state of this owner, and begins to store for it. The log and the subscriptions have
  // been restored before it returns.
  virtual KeptState Begin(const StateOwner& owner) = 0;

  // Stores the state that is known now. Call it after the events found with it are in the log, so that the
  // stored state is never newer than the stored log.
  virtual void Keep(KnownPart part, const Known& known) = 0;

  // The log has changed, but not the known state.
  virtual void LogChanged() = 0;

  // The node has left the swarm: stores nothing until the next Begin().
  virtual void End() = 0;
};

// Stores nothing.
class NoStateStore final : public StateStore {
 public:
  KeptState Begin(const StateOwner& /*owner*/) override { return {}; }
  void Keep(KnownPart /*part*/, const Known& /*known*/) override {}
  void LogChanged() override {}
  void End() override {}
};

// Stores the state in Redis in the background: one thread writes what has changed since its last write, and
// only Begin() waits for it. While Redis is away nothing queues up: when it is back, the latest state and the
// changes that the log still holds are written.
//
// The state in Redis is used as a whole or not at all; if it cannot be read in time, the collector continues
// without it, and replaces it once Redis can be reached.
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
  using ReadResult = std::optional<absl::StatusOr<StoredState>>;  // nothing if there was no answer in time
  struct ReadRequest;

  ReadResult ReadStored(const StateOwner& owner);
  KeptState Restore(const StateOwner& owner, StoredState stored);
  void SetWriter(std::unique_ptr<StoreWriter> writer, const KeptState& state);

  // These run on the thread. They release the mutex while they talk to Redis.
  void Run(const std::stop_token& stop);
  bool WaitForWork(const std::stop_token& stop) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ReadIsRequested() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsDue(Steady::time_point now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Read(const std::stop_token& stop) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReportSuccess(const StoreWritten& written);
  void ReportConfirmation();
  void ReportFailure(const absl::Status& status);
  void CountUnstored();

  const RedisStateOptions options_;
  MemoryChangeLog& log_;
  SubscriptionBook& book_;
  Metrics& metrics_;
  const std::string writer_name_;

  // Set by the first Begin(), which alone uses them.
  std::string salt_;
  std::string marker_key_;

  // Used by the thread alone.
  RedisClient client_;
  std::unique_ptr<StoreWriter> writer_;  // null while nothing is to be written
  std::uint64_t stored_book_version_ = 0;
  Backoff backoff_;
  Steady::time_point retry_at_;
  Steady::time_point refresh_at_;
  std::optional<absl::StatusCode> reported_error_;
  bool confirmed_ = true;

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<ReadRequest> request_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::unique_ptr<StoreWriter>> next_writer_ ABSL_GUARDED_BY(mutex_);  // replaces writer_
  std::shared_ptr<const Known> swarm_ ABSL_GUARDED_BY(mutex_);                       // never null
  std::shared_ptr<const Known> containers_ ABSL_GUARDED_BY(mutex_);                  // never null
  bool dirty_ ABSL_GUARDED_BY(mutex_) = false;
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;

  std::jthread thread_;
};

}  // namespace swarmbell
