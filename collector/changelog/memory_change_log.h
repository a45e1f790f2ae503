#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "collector/changelog/change_log.h"
#include "collector/changelog/listener_set.h"

namespace swarmbell {

struct MemoryChangeLogOptions {
  // The most events to hold, and the most bytes, counted as they are sent; in memory they take a few times
  // that. The oldest batches go first; the newest always stays, even if it alone is over a bound: nobody
  // could have read it yet.
  std::size_t max_events = 10000;
  std::size_t max_bytes = std::size_t{16} << 20;
};

// A change log in memory: a restart starts an empty log with another identity. Appending is O(batch).
class MemoryChangeLog final : public ChangeLog {
 public:
  explicit MemoryChangeLog(MemoryChangeLogOptions options = {});

  void Append(std::vector<v1::ChangeEvent> events) override;
  LogRead ReadAfter(const LogPosition& position, std::size_t max_events) const override;
  LogRead ReadWholeAfter(const LogPosition& position, std::size_t max_events) const override;
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
  struct Entry {
    std::shared_ptr<const LogBatch> batch;
    std::uint64_t first = 0;  // the sequence of its first event
    std::size_t bytes = 0;
  };

  // These need mutex_ held.
  void Add(std::shared_ptr<const LogBatch> batch);
  void Keep(std::vector<v1::ChangeEvent> events);
  void Compact();
  LogGap GapAt(const LogPosition& position) const;

  const MemoryChangeLogOptions options_;
  ListenerSet listeners_;

  mutable std::mutex mutex_;
  std::string log_id_;         // guarded by mutex_, as is all below
  std::deque<Entry> entries_;  // oldest first
  std::uint64_t newest_ = 0;   // the last sequence given
  std::uint64_t dropped_ = 0;  // the sequence of the last event that is no longer held
  std::size_t held_events_ = 0;
  std::size_t held_bytes_ = 0;
};

}  // namespace swarmbell
