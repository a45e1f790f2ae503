#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>

#include "absl/time/time.h"
#include "common/time/clock.h"
#include "notifier/feed/feed_batch.h"

namespace swarmbell {

// Batches on their way from the feeds to the pipeline; a full inbox makes the feeds wait. Thread-safe.
class Inbox {
 public:
  // `clock` must outlive the inbox.
  Inbox(std::size_t capacity, Clock& clock);

  // Waits while the inbox is full. False, and nothing is kept, after `stop` or Close().
  bool Push(FeedBatch batch, std::stop_token stop);

  // Waits for a batch, at most `longest`, or until the inbox is closed and empty.
  std::optional<FeedBatch> Pop(absl::Duration longest);

  // Takes nothing more in; what is inside can still be popped.
  void Close();

  bool ClosedAndEmpty() const;

 private:
  // Returns how to wait for something to pop; unset if there is no need to.
  std::optional<std::stop_token> Arm();

  const std::size_t capacity_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any has_room_;
  std::deque<FeedBatch> batches_;  // guarded by mutex_
  bool closed_ = false;            // guarded by mutex_
  // Ends the sleep of Pop: the clock's sleep is what tests can steer. Guarded by mutex_.
  std::stop_source wake_;
};

}  // namespace swarmbell
