#pragma once

#include <optional>
#include <stop_token>

#include "absl/time/time.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/feed/last_words.h"

namespace swarmbell {

// The last words of a task, while a collector is asked for them. Those who ask and those who wait share it.
// Thread-safe.
class PendingLastWords {
 public:
  // A card never waits longer for them, from the moment when its message was emitted.
  static constexpr absl::Duration kLongestWait = absl::Seconds(3);

  explicit PendingLastWords(MonotonicTime emitted) : emitted_(emitted) {}

  MonotonicTime Emitted() const { return emitted_; }
  MonotonicTime Deadline() const { return emitted_ + kLongestWait; }

  // The first call counts.
  void Set(LastWords words);

  // Waits until they are set, until the deadline, or until `stop`. If they were not set, the result says so.
  LastWords Wait(Clock& clock, std::stop_token stop);

 private:
  const MonotonicTime emitted_;
  std::stop_source set_;  // stopped once they are set
  Mutex mutex_;
  std::optional<LastWords> words_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace swarmbell
