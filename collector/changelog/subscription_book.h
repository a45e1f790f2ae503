#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collector/changelog/change_log.h"

namespace swarmbell {

// A named subscription: how far its subscriber has handled the changes, and the state that the subscriber
// wants back when it reconnects.
struct SubscriptionRecord {
  LogPosition position;
  std::deque<std::string> marks;  // oldest first
  std::string state;
};

struct SubscriptionBookOptions {
  // One more forgets the one that was opened or moved longest ago.
  std::size_t max_subscriptions = 64;
  // The oldest marks of a subscription go first.
  std::size_t max_marks = 10'000;
  std::size_t max_mark_bytes = std::size_t{1} << 20;
};

// The named subscriptions of a change log. Bounded. Thread-safe.
class SubscriptionBook {
 public:
  explicit SubscriptionBook(SubscriptionBookOptions options = {});

  // Returns what is kept under the name. If its position belongs to another log than `start`, or nothing is
  // kept, the position becomes `start`; `resumed` says whether it did not.
  struct Opened {
    SubscriptionRecord record;
    bool resumed = false;
  };
  Opened Open(const std::string& name, const LogPosition& start);

  // Advances a subscription, or creates an unknown one if there is a position. The position never moves back
  // within a log. Unset and empty arguments change nothing.
  void Acknowledge(const std::string& name, const std::optional<LogPosition>& position,
                   std::vector<std::string> marks, std::optional<std::string> state);

  // Everything kept, by name, and its way back in: for a store that outlives the process. `version` grows
  // with each change of a subscription.
  std::map<std::string, SubscriptionRecord> All() const;
  void Restore(std::map<std::string, SubscriptionRecord> records);
  std::uint64_t Version() const;

 private:
  struct Entry {
    SubscriptionRecord record;
    std::size_t mark_bytes = 0;
    std::uint64_t used = 0;
  };

  Entry& Touch(const std::string& name);  // mutex_ held
  void AddMarks(Entry& entry, std::vector<std::string> marks) const;

  const SubscriptionBookOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
  std::uint64_t version_ = 0;             // guarded by mutex_
};

}  // namespace swarmbell
