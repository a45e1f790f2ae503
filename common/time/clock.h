#pragma once

#include <stop_token>

#include "absl/time/time.h"
#include "common/time/monotonic_time.h"

namespace swarmbell {

// One moment, as both clocks show it.
struct Instant {
  absl::Time wall;
  MonotonicTime steady;
};

// Tells the time and waits, so that tests need not. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // The wall-clock time: for what people and other machines see. Somebody may set it, in either direction.
  virtual absl::Time Now() = 0;

  // For whatever waits or measures: back-off, pace, deadlines, ages.
  virtual MonotonicTime Steady() = 0;

  Instant Both() { return {Now(), Steady()}; }

  // Waits for `duration` or until `stop` is requested; says whether the whole time went by.
  virtual bool Sleep(absl::Duration duration, std::stop_token stop) = 0;

  // The machine's clock; lives for ever.
  static Clock& Real();
};

}  // namespace swarmbell
