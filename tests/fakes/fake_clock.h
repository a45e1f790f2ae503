#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <stop_token>

#include "common/time/clock.h"

namespace swarmbell {

// A clock that stands still until the test moves it. Thread-safe.
//
// The Wait… functions synchronise a test with the code under test; they give up after 30 real seconds and say
// so by returning false. Whoever is to wake, by the time or by its
// stop_token, no longer counts as sleeping, even if it has not woken yet.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time start = absl::FromUnixSeconds(1'700'000'000)) : set_to_(start) {}

  absl::Time Now() override;
  MonotonicTime Steady() override;

  // Blocks until the clock has been moved far enough, or until `stop`.
  bool Sleep(absl::Duration duration, std::stop_token stop) override;

  // Moves the clock and wakes the sleepers whose time has come.
  void Advance(absl::Duration duration);

  // Sets the wall clock, forward or back, as an administrator or NTP does. Steady time and sleepers do not
  // notice.
  void StepWall(absl::Duration step);

  // Waits until at least `count` threads sleep.
  bool WaitForSleepers(std::size_t count);

  // Waits until a thread sleeps that is to wake exactly `duration` from now.
  bool WaitForSleeper(absl::Duration duration);

  std::size_t Sleepers() const;

 private:
  struct Sleeper {
    MonotonicTime until;
    std::stop_token stop;
  };

  std::size_t Asleep() const;  // with mutex_ held

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  absl::Duration gone_;          // since the start; guarded by mutex_
  absl::Time set_to_;            // the wall clock at the start, as set since; guarded by mutex_
  std::list<Sleeper> sleepers_;  // guarded by mutex_
};

}  // namespace swarmbell
