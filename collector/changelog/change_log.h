#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "common/sync/mutex.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// A position: after the event with this sequence, in the log of this identity.
struct LogPosition {
  std::string log_id;
  std::uint64_t sequence = 0;

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

// A new identity: 128 random bits as 32 hexadecimal digits.
std::string NewLogId();

// The events of one read of the engine, kept together.
struct LogBatch {
  std::vector<v1::ChangeEvent> events;  // never empty; sequences grow by 1
};

// Why a position cannot be read from.
enum class LogGap { kNone, kCompacted, kOtherLog };

struct LogRead {
  LogGap gap = LogGap::kNone;
  // The whole batches that end after the position (after a gap: all), oldest first; fewer than asked for only
  // at the end. When the position is inside the first batch, that has events before it too.
  std::vector<std::shared_ptr<const LogBatch>> batches;
  // The position after the last of them, or the newest position if there are none.
  LogPosition next;

  // The position from which the batches follow without a gap. Call it only if there was a gap.
  LogPosition AfterGap() const;
};

// A bounded log of changes, read by position. Appending never waits for a reader.
//
// Thread-safe. Readers share ownership of the batches they read.
class ChangeLog {
 public:
  // Removes its listener when destroyed; waits for a call in progress. May outlive the log.
  class Listener {
   public:
    virtual ~Listener() = default;
  };

  virtual ~ChangeLog() = default;

  // Gives the events their sequences and keeps them as one batch. No effect for no events.
  virtual void Append(std::vector<v1::ChangeEvent> events) = 0;

  // Reads at most `max_events` after a position, but at least one batch if there is one. A gap is not an
  // error.
  virtual LogRead ReadAfter(const LogPosition& position, std::size_t max_events) const = 0;

  virtual LogPosition Oldest() const = 0;  // before the oldest event held
  virtual LogPosition Newest() const = 0;

  // Starts an empty log with a new identity, unrelated to the one before.
  virtual void Reset() = 0;

  // Calls `on_change` after each Append and Reset, on the appending thread; it must not block, must not call
  // back into Listen or Append, and must not destroy its own listener.
  virtual std::unique_ptr<Listener> Listen(std::function<void()> on_change) = 0;
};

struct MemoryChangeLogOptions {
  // The most events to hold, and the most bytes, counted as they are sent; in memory they take a few times
  // that. The oldest batches are dropped first; the newest always stays, even if it alone is over a bound:
  // nobody could have read it yet.
  std::size_t max_events = 10000;
  std::size_t max_bytes = std::size_t{64} << 20;
};

// A change log in memory: a restart starts an empty log with another identity. Appending is O(batch).
class MemoryChangeLog final : public ChangeLog {
 public:
  explicit MemoryChangeLog(MemoryChangeLogOptions options = {});

  void Append(std::vector<v1::ChangeEvent> events) override;
  LogRead ReadAfter(const LogPosition& position, std::size_t max_events) const override;
  LogPosition Oldest() const override;
  LogPosition Newest() const override;
  void Reset() override;
  std::unique_ptr<Listener> Listen(std::function<void()> on_change) override;

  // Continues the log of an earlier run with its identity and batches, whose sequences ascend. Batches that
  // were appended here before follow them. New sequences start after `last_given`, which is at least the last
  // of theirs; positions up to it are valid.
  void Restore(std::string log_id, std::vector<std::shared_ptr<const LogBatch>> batches,
               std::uint64_t last_given);

 private:
  class Listeners;

  struct Entry {
    std::shared_ptr<const LogBatch> batch;
    std::uint64_t first = 0;  // the sequence of its first event
    std::size_t bytes = 0;
  };

  void AddNumbered(std::vector<v1::ChangeEvent> events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Add(std::shared_ptr<const LogBatch> batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Compact() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  LogGap GapAt(const LogPosition& position) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const MemoryChangeLogOptions options_;
  const std::shared_ptr<Listeners> listeners_;

  mutable Mutex mutex_;
  std::string log_id_ ABSL_GUARDED_BY(mutex_);
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // oldest first
  std::uint64_t newest_ ABSL_GUARDED_BY(mutex_) = 0;   // the last sequence given
  std::uint64_t dropped_ ABSL_GUARDED_BY(mutex_) =
      0;  // the sequence of the last event that is not held any more
  std::size_t held_events_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t held_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace swarmbell
