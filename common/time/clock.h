#pragma once

#include <stop_token>

#include "absl/time/time.h"

namespace swarmbell {

// Tells the time and waits, so that tests need not. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // The wall-clock time.
  virtual absl::Time Now() = 0;

  // Waits for `duration` or until `stop` is requested; says whether the whole time went by.
  virtual bool Sleep(absl::Duration duration, std::stop_token stop) = 0;

  // The machine's clock; lives for ever.
  static Clock& Real();
};

}  // namespace swarmbell
