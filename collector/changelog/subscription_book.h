#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "collector/changelog/change_log.h"
#include "common/lru/lru_map.h"
#include "common/sync/mutex.h"

namespace swarmbell {

// A named subscription: how far its subscriber has handled the changes, and the state that the subscriber
// wants back when it reconnects.
struct SubscriptionRecord {
  LogPosition position;
  std::deque<std::string> marks;  // oldest first
  std::string state;
};

struct SubscriptionBookOptions {
  // One more evicts the subscription that was opened or acknowledged longest ago.
  std::size_t max_subscriptions = 64;
  // One more drops the oldest marks of the subscription.
  std::size_t max_marks = 10'000;
  std::size_t max_mark_bytes = std::size_t{1} << 20;
};

// The named subscriptions of a change log. Bounded. Thread-safe.
class SubscriptionBook {
 public:
  explicit SubscriptionBook(SubscriptionBookOptions options = {});

  // Returns the subscription of this name. If there is none, or its position belongs to another log than
  // `start`, the position becomes `start` and `resumed` is false.
  struct Opened {
    SubscriptionRecord record;
    bool resumed = false;
  };
  Opened Open(const std::string& name, const LogPosition& start);

  // Advances a subscription, or creates an unknown one if there is a position. The position never moves back
  // within a log. Unset and empty arguments change nothing.
  void Acknowledge(const std::string& name, const std::optional<LogPosition>& position,
                   std::vector<std::string> marks, std::optional<std::string> state);

  // For a store that outlives the process: all subscriptions by name, and the way back. `version` grows with
  // each change of a subscription.
  std::map<std::string, SubscriptionRecord> All() const;
  void Restore(std::map<std::string, SubscriptionRecord> records);
  std::uint64_t Version() const;

 private:
  struct Entry {
    SubscriptionRecord record;
    std::size_t mark_bytes = 0;
  };

  Entry& Touch(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddMarks(Entry& entry, std::vector<std::string> marks) const;

  const SubscriptionBookOptions options_;
  mutable Mutex mutex_;
  LruMap<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace swarmbell
