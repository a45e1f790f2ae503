#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>
#include <utility>

#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "grpcpp/completion_queue.h"

namespace swarmbell {

// The threads that all feeds share: one handles completed gRPC operations ("the thread for calls"), one runs
// timers ("the thread for times"). Their number does not grow with the feeds. Helper threads exist only while
// they do work that takes seconds.
//
// gRPC's callback API would need no thread of ours, but up to gRPC 1.51 its threads sleep for a tenth of a
// second after each idle one, and their number grows with the processors.
//
// Thread-safe.
class FeedThreads {
 public:
  // The tag of every operation that is started on Queue().
  class Call {
   public:
    // The operation is complete. The calls of all feeds wait until this returns.
    virtual void OnComplete(bool ok) = 0;

   protected:
    virtual ~Call() = default;
  };

  // Has at most one timer.
  class Timed {
   public:
    // The scheduled time has come. The timers of all feeds wait until this returns.
    virtual void OnTime() = 0;

   protected:
    virtual ~Timed() = default;

   private:
    friend class FeedThreads;
    MonotonicTime due_ = MonotonicTime::InfiniteFuture();  // guarded by FeedThreads::mutex_
  };

  // `clock` must outlive the object.
  explicit FeedThreads(Clock& clock);
  // Every call must be complete, and nothing may be scheduled.
  ~FeedThreads();
  FeedThreads(const FeedThreads&) = delete;
  FeedThreads& operator=(const FeedThreads&) = delete;

  Clock& clock() { return clock_; }
  grpc::CompletionQueue& Queue() { return queue_; }

  // Sets the timer of `timed`, in place of an earlier one; never at InfiniteFuture.
  void Schedule(Timed& timed, MonotonicTime when);
  // True if a timer was set.
  bool Cancel(Timed& timed);
  // Cancels, and waits while OnTime runs on another thread.
  void Drain(Timed& timed);

  // Limits how many feeds do this at a time, because gRPC keeps the resources that many at once need: memory
  // for calls, and, up to gRPC 1.51, up to two threads for each processor when connections are opened
  // together.
  enum class Line { kConnect, kAcknowledge, kList };
  // Requests a turn; OnTime is called when it has come.
  void RequestTurn(Line line, Timed& timed);
  // Ends the turn or withdraws the request; nothing if there is none.
  void EndTurn(Line line, Timed& timed);

  // When the handling of one call last ended that had kept the others waiting for a second or more; now if
  // such a call is being handled. Responses that have arrived since it began may not have been handled.
  MonotonicTime BlockedUntil();

  // Runs `work` on a thread of its own. False if `most` helpers are running or the system has no thread left.
  bool StartHelper(std::function<void()> work, std::size_t most);
  // Waits until no helper is running.
  void JoinHelpers();

 private:
  struct Helper {
    bool done = false;  // guarded by FeedThreads::mutex_
    std::jthread thread{};
  };

  void RunCalls();
  MonotonicTime StartHandling();
  void EndHandling(MonotonicTime start);
  void RunTimes();
  // Returns what ends the sleep of the thread for times, if it must wake: call request_stop() without mutex_.
  std::stop_source SetTimer(Timed& timed, MonotonicTime when) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  grpc::CompletionQueue queue_;
  Mutex mutex_;
  std::condition_variable_any returned_;
  std::set<std::pair<MonotonicTime, Timed*>> due_ ABSL_GUARDED_BY(mutex_);
  Timed* running_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::optional<MonotonicTime> handling_since_ ABSL_GUARDED_BY(mutex_);  // while a call is handled
  MonotonicTime blocked_until_ ABSL_GUARDED_BY(mutex_) = MonotonicTime::InfinitePast();
  std::stop_source wake_ ABSL_GUARDED_BY(mutex_);  // ends the clock's sleep
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<Helper> helpers_ ABSL_GUARDED_BY(mutex_);
  // By Line; the first ones of each have their turn.
  std::array<std::deque<Timed*>, 3> lines_ ABSL_GUARDED_BY(mutex_);
  std::jthread calls_;  // last: the threads use everything above
  std::jthread times_;
};

}  // namespace swarmbell
