#pragma once

#include <mutex>
#include <optional>
#include <stop_token>

#include "absl/time/time.h"
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

  // Forgets the wakes that came until now.
  void Clear();

 private:
  Clock& clock_;
  std::mutex mutex_;
  bool woken_ = false;                   // guarded by mutex_
  std::optional<std::stop_source> nap_;  // ends the present wait; guarded by mutex_
};

}  // namespace swarmbell
