#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>
#include <utility>

#include "common/time/clock.h"
#include "grpcpp/completion_queue.h"

namespace swarmbell {

// The threads that all feeds share, however many feeds there are: one takes what gRPC has completed, the
// other wakes whoever waits for a time. Helpers come for work that takes seconds, and go.
//
// gRPC's callbacks would need no thread of ours, but up to gRPC 1.51 the threads that call them sleep for a
// tenth of a second after each idle one, and there are more of them the more processors there are.
//
// Thread-safe.
class FeedThreads {
 public:
  // The tag of every operation that is started on Queue().
  class Call {
   public:
    // An operation is complete. The calls of all feeds wait until it returns.
    virtual void OnComplete(bool ok) = 0;

   protected:
    virtual ~Call() = default;
  };

  // Waits for one moment at a time.
  class Timed {
   public:
    // The moment has come. The times of all feeds wait until it returns.
    virtual void OnTime() = 0;

   protected:
    virtual ~Timed() = default;

   private:
    friend class FeedThreads;
    MonotonicTime due_ = MonotonicTime::InfiniteFuture();  // guarded by FeedThreads::mutex_
  };

  // `clock` must outlive the object.
  explicit FeedThreads(Clock& clock);
  // Every call must be complete, and nobody may be scheduled.
  ~FeedThreads();
  FeedThreads(const FeedThreads&) = delete;
  FeedThreads& operator=(const FeedThreads&) = delete;

  Clock& clock() { return clock_; }
  grpc::CompletionQueue& Queue() { return queue_; }

  // Calls `who` at this time and no longer at one that was scheduled before; never at InfiniteFuture.
  void Schedule(Timed& who, MonotonicTime when);
  // Returns whether `who` was scheduled.
  bool Cancel(Timed& who);
  // Cancels, and waits while OnTime runs on another thread.
  void Drain(Timed& who);

  // Limits how many feeds do this at a time, because gRPC does not give back the resources that many at once
  // need: memory for calls, and, up to gRPC 1.51, up to two threads for each processor when connections are
  // opened together.
  enum class Line { kConnect, kAcknowledge };
  // Asks for a turn: OnTime says that it has come.
  void AskTurn(Line line, Timed& who);
  // Gives it back, or asks for it no longer; nothing if there is none.
  void EndTurn(Line line, Timed& who);

  // The end of the last time in which the handling of one call kept the others waiting for a second or more;
  // now if it does so. Responses that have arrived since its beginning may not have been handled.
  MonotonicTime StoodStillUntil();

  // Does `work` on a thread of its own. False if `most` helpers are at work or the system has no thread left.
  bool Help(std::function<void()> work, std::size_t most);
  // Waits until no helper is at work.
  void JoinHelpers();

 private:
  struct Helper {
    bool done = false;  // guarded by mutex_
    std::jthread thread{};
  };

  void RunCalls();
  MonotonicTime BeginHandling();
  void EndHandling(MonotonicTime began);
  void RunTimes();
  void Move(std::unique_lock<std::mutex> lock, Timed& who, MonotonicTime when);

  Clock& clock_;
  grpc::CompletionQueue queue_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::set<std::pair<MonotonicTime, Timed*>> due_;  // guarded by mutex_, as is all below
  Timed* running_ = nullptr;
  std::optional<MonotonicTime> handling_since_;  // while a call is handled
  MonotonicTime stood_still_until_ = MonotonicTime::InfinitePast();
  std::stop_source wake_;  // ends the clock's sleep
  bool ending_ = false;
  std::list<Helper> helpers_;
  std::array<std::deque<Timed*>, 2> lines_;  // by Line; the first of each have the turn
  std::jthread calls_;                       // last: they use everything above
  std::jthread times_;
};

}  // namespace swarmbell
