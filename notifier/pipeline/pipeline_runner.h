#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/pipeline.h"

namespace swarmbell {

// Runs a pipeline on a thread of its own, behind a bounded queue of batches. Thread-safe.
class PipelineRunner {
 public:
  // Called with each message, on the runner's thread; must not wait long.
  using Sink = std::function<void(OutgoingGroup message)>;

  // `clock` must outlive the runner. `capacity` is that of the queue, in batches.
  PipelineRunner(Pipeline pipeline, Sink sink, Clock& clock, std::size_t capacity = 64);

  // As Stop().
  ~PipelineRunner();

  // Queues changes for the pipeline; waits while the queue is full. False, without queueing them, after
  // `stop` or Stop().
  bool Push(FeedBatch batch, std::stop_token stop);

  // Emits every message that waits for its window, applies other options, and calls `then` on the runner's
  // thread; soon, and before the next change is processed. Changes that wait in other stages keep waiting:
  // they are not messages yet.
  void Configure(const PipelineOptions& options, std::function<void()> then = nullptr);

  // Calls `work` on the runner's thread, soon and between two batches, and emits what it makes due. `work`
  // must not wait. False, without calling it, after Stop(), and while too many others wait.
  bool Do(std::function<void(Pipeline& pipeline)> work);

  // Processes what was pushed and then hands over: see Pipeline::HandOver. Waits for it, at most `limit`.
  void HandOver(absl::Duration limit);

  // Processes what was pushed, emits every message, and ends the thread.
  void Stop();

 private:
  void Run();
  // Waits for a batch, new options or the end, at most `longest`. Unset if there is no batch.
  std::optional<FeedBatch> Pop(absl::Duration longest);
  // Returns the token that ends a wait in Pop; unset if there is no need to wait.
  std::optional<std::stop_token> Arm();
  bool IsClosedAndEmpty() const;
  void ApplyOptions();
  void DoWork();
  absl::Duration LongestWait();
  absl::Time Now();

  Pipeline pipeline_;  // the thread's own
  const Sink sink_;
  Clock& clock_;
  const std::size_t capacity_;
  Instant anchor_;  // of the pipeline's time; the thread's own

  mutable Mutex mutex_;
  std::condition_variable_any has_room_;
  std::deque<FeedBatch> batches_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<PipelineOptions> options_ ABSL_GUARDED_BY(mutex_);  // to be applied
  std::function<void()> then_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void(Pipeline& pipeline)>> work_ ABSL_GUARDED_BY(mutex_);
  // Ends the sleep of Pop, which is the clock's so that tests can control it.
  std::stop_source wake_ ABSL_GUARDED_BY(mutex_);

  std::jthread thread_;  // last: uses everything above
};

}  // namespace swarmbell
