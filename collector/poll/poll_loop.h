#pragma once

#include <optional>
#include <stop_token>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"

namespace swarmbell {

// A wait that another thread can end early. Any thread may wake; one thread waits.
class WakeSignal {
 public:
  enum class Reason { kTime, kWoken, kStopped };

  explicit WakeSignal(Clock& clock) : clock_(clock) {}

  // Ends the present wait, or the next one at once. Several wakes before Clear() count as one.
  void Wake();

  // Waits until the time is over, a wake has come since the last Clear(), or `stop` is requested.
  Reason WaitFor(absl::Duration duration, std::stop_token stop);

  // Forgets the wakes until now.
  void Clear();

 private:
  Clock& clock_;
  Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<std::stop_source> wait_ ABSL_GUARDED_BY(mutex_);  // ends the present wait
};

// The limits of the wait after a round.
struct NextRound {
  // The next round starts after this time at the latest, if that is less than the interval.
  absl::Duration max_wait = absl::InfiniteDuration();
  // The next round does not start earlier, whatever wakes the loop; at most the interval counts.
  absl::Duration min_wait = absl::ZeroDuration();
};

// Decides when to read: now, at each interval, and soon after a wake.
//
// However often it is woken and however slow the engine is, there is a pause after each round, because the
// engine is a manager of the swarm and has other work. A few wakes bring a round each at once, as when a
// stack is deployed; a flood of them brings a few rounds a second.
class PollLoop {
 public:
  // `timed`: the round is the interval's own, and not only due to a wake.
  using Round = absl::FunctionRef<NextRound(bool timed, std::stop_token stop)>;

  // `debounce`: the time from the first wake to its round; further wakes join it.
  PollLoop(Clock& clock, absl::Duration interval, absl::Duration debounce);

  // Brings the next round forward. Thread-safe.
  void Wake() { signal_.Wake(); }

  // Calls `round` again and again until `stop`.
  void Run(Round round, std::stop_token stop);

 private:
  void WaitAfterRound(const NextRound& next, std::stop_token stop);
  absl::Duration SpendWakeToken();

  Clock& clock_;
  const absl::Duration interval_;
  const absl::Duration debounce_;
  absl::Time next_timed_ = absl::InfinitePast();  // the interval's next round
  double wake_tokens_;                            // rounds that wakes may bring at once; negative: a debt
  absl::Time tokens_counted_at_ = absl::InfinitePast();
  WakeSignal signal_;
};

}  // namespace swarmbell
