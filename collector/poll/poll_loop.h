#pragma once

#include <stop_token>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "collector/poll/wake_signal.h"
#include "common/time/clock.h"

namespace swarmbell {

// When to read: now, each interval, and soon after something happened.
//
// However often it is woken and however slow the engine is, there is a rest after each round: the engine, a
// manager of the swarm, has better things to do.
class PollLoop {
 public:
  PollLoop(Clock& clock, absl::Duration interval, absl::Duration debounce)
      : clock_(clock), interval_(interval), debounce_(debounce), signal_(clock) {}

  // Brings the next round forward. Thread-safe; joins a wake that waits already.
  void Wake() { signal_.Wake(); }

  // Calls `round` again and again until `stop`. It returns how long it can wait for the next round, if that
  // is less than the interval.
  void Run(absl::FunctionRef<absl::Duration(std::stop_token)> round, std::stop_token stop);

 private:
  bool WaitAfterRound(absl::Duration took, absl::Duration patience, std::stop_token stop);

  Clock& clock_;
  const absl::Duration interval_;
  const absl::Duration debounce_;
  WakeSignal signal_;
};

}  // namespace swarmbell
