#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "common/time/clock.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/pipeline.h"

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

// Runs a pipeline on a thread of its own. Thread-safe.
class PipelineRunner {
 public:
  // Takes each message, on the runner's thread; must not wait long.
  using Sink = std::function<void(OutgoingGroup message)>;

  // `clock` must outlive the runner.
  PipelineRunner(Pipeline pipeline, Sink sink, Clock& clock, std::size_t inbox_capacity = 64);

  // As Stop().
  ~PipelineRunner();

  // Hands changes to the pipeline; waits while it is behind. False after `stop` or Stop().
  bool Push(FeedBatch batch, std::stop_token stop);

  // Posts every message that waits for its window, applies other options, and calls `then` on the runner's
  // thread; soon, and before the next change is handled. Events that wait for more of their kind keep
  // waiting: they are not messages yet.
  void Configure(const PipelineOptions& options, std::function<void()> then = nullptr);

  // Handles what was pushed, hands out every message that waits for its window, and ends the thread.
  void Stop();

 private:
  void Run();
  void TakeOptions();
  absl::Time Now();

  Pipeline pipeline_;  // the thread's own
  std::mutex mutex_;
  std::optional<PipelineOptions> options_;  // to be put in force; guarded by mutex_
  std::function<void()> then_;              // guarded by mutex_
  Sink sink_;
  Clock& clock_;
  Inbox inbox_;
  Instant anchor_;       // of the pipeline's time; the thread's own
  std::jthread thread_;  // last: uses everything above
};

}  // namespace swarmbell
