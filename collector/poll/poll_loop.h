#pragma once

#include <stop_token>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "collector/poll/wake_signal.h"
#include "common/time/clock.h"

namespace swarmbell {

// The outcome of a round that the next one needs.
struct RoundEnd {
  // How long the next round can wait at most, if that is less than the interval.
  absl::Duration patience = absl::InfiniteDuration();
  // How long it has to wait, whoever wakes; counts for no more than the interval.
  absl::Duration rest = absl::ZeroDuration();
};

// When to read: now, each interval, and soon after something happened.
//
// However often it is woken and however slow the engine is, there is a rest after each round: the engine, a
// manager of the swarm, has better things to do. Some wakes bring a round each at once, as when a stack is
// deployed; a flood of them brings a few rounds a second.
class PollLoop {
 public:
  // `timed` says that it is the interval's turn.
  using Round = absl::FunctionRef<RoundEnd(bool timed, std::stop_token stop)>;

  PollLoop(Clock& clock, absl::Duration interval, absl::Duration debounce);

  // Brings the next round forward. Thread-safe; joins a wake that waits already.
  void Wake() { signal_.Wake(); }

  // Calls `round` again and again until `stop`.
  void Run(Round round, std::stop_token stop);

 private:
  void WaitAfterRound(const RoundEnd& end, std::stop_token stop);
  absl::Duration TakeTurn();

  Clock& clock_;
  const absl::Duration interval_;
  const absl::Duration debounce_;
  absl::Time turn_ = absl::InfinitePast();  // the interval's next one
  double turns_;                            // rounds that wakes may bring at once now
  absl::Time turns_counted_at_ = absl::InfinitePast();
  WakeSignal signal_;
};

}  // namespace swarmbell
