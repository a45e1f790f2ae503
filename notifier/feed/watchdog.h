#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "absl/time/time.h"
#include "common/time/clock.h"

namespace swarmbell {

// Calls `bark` once when nothing was heard for `limit`. Thread-safe.
class Watchdog {
 public:
  // `bark` is called on the watchdog's thread and must not destroy it. `clock` must outlive it.
  Watchdog(absl::Duration limit, std::function<void()> bark, Clock& clock);

  // Something was heard, and is being handled: nothing is expected until Listen().
  void Heard();

  // From now on something is expected.
  void Listen();

  bool barked() const;

 private:
  void Run(std::stop_token stop);
  MonotonicTime Deadline() const;

  const absl::Duration limit_;
  const std::function<void()> bark_;
  Clock& clock_;
  mutable std::mutex mutex_;
  MonotonicTime since_;    // guarded by mutex_
  bool listening_ = true;  // guarded by mutex_
  bool barked_ = false;    // guarded by mutex_
  std::jthread thread_;    // last: uses everything above
};

}  // namespace swarmbell
