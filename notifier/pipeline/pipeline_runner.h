#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/pipeline.h"

namespace swarmbell {

// Batches on their way from the feeds to the pipeline; a full inbox makes the feeds wait. Thread-safe.
class Inbox {
 public:
  // `clock` must outlive the inbox.
  Inbox(std::size_t capacity, Clock& clock);

  // Waits while the inbox is full. False, without adding the batch, after `stop` or Close().
  bool Push(FeedBatch batch, std::stop_token stop);

  // Waits for a batch, at most `longest`, or until the inbox is closed and empty.
  std::optional<FeedBatch> Pop(absl::Duration longest);

  // Accepts no more batches; those inside can still be popped.
  void Close();

  bool ClosedAndEmpty() const;

 private:
  // Returns the token that ends a wait for a batch; unset if there is no need to wait.
  std::optional<std::stop_token> Arm();

  const std::size_t capacity_;
  Clock& clock_;
  mutable Mutex mutex_;
  std::condition_variable_any has_room_;
  std::deque<FeedBatch> batches_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Ends the sleep of Pop, which is the clock's so that tests can control it.
  std::stop_source wake_ ABSL_GUARDED_BY(mutex_);
};

// Runs a pipeline on a thread of its own. Thread-safe.
class PipelineRunner {
 public:
  // Called with each message, on the runner's thread; must not wait long.
  using Sink = std::function<void(OutgoingGroup message)>;

  // `clock` must outlive the runner.
  PipelineRunner(Pipeline pipeline, Sink sink, Clock& clock, std::size_t inbox_capacity = 64);

  // As Stop().
  ~PipelineRunner();

  // Queues changes for the pipeline; waits while the queue is full. False after `stop` or Stop().
  bool Push(FeedBatch batch, std::stop_token stop);

  // Emits every message that waits for its window, applies other options, and calls `then` on the runner's
  // thread; soon, and before the next change is processed. Changes that wait in other stages keep waiting:
  // they are not messages yet.
  void Configure(const PipelineOptions& options, std::function<void()> then = nullptr);

  // Processes what was pushed, emits every message, and ends the thread.
  void Stop();

 private:
  void Run();
  void ApplyOptions();
  absl::Time Now();

  Pipeline pipeline_;  // the thread's own
  Mutex mutex_;
  std::optional<PipelineOptions> options_ ABSL_GUARDED_BY(mutex_);  // to be applied
  std::function<void()> then_ ABSL_GUARDED_BY(mutex_);
  Sink sink_;
  Clock& clock_;
  Inbox inbox_;
  Instant anchor_;       // of the pipeline's time; the thread's own
  std::jthread thread_;  // last: uses everything above
};

}  // namespace swarmbell
