#pragma once

#include <compare>
#include <stop_token>

#include "absl/time/time.h"

namespace swarmbell {

// A moment of steady time, which does not jump when somebody sets the wall clock. Only differences have a
// meaning. A type of its own, so that it cannot be compared with the wall clock by mistake.
class MonotonicTime {
 public:
  constexpr MonotonicTime() = default;
  // The origin is the same for the whole process.
  explicit constexpr MonotonicTime(absl::Duration since_origin) : since_origin_(since_origin) {}

  // Before and after every other moment.
  static constexpr MonotonicTime InfinitePast() { return MonotonicTime(-absl::InfiniteDuration()); }
  static constexpr MonotonicTime InfiniteFuture() { return MonotonicTime(absl::InfiniteDuration()); }

  friend MonotonicTime operator+(MonotonicTime time, absl::Duration duration) {
    return MonotonicTime(time.since_origin_ + duration);
  }
  friend MonotonicTime operator-(MonotonicTime time, absl::Duration duration) {
    return MonotonicTime(time.since_origin_ - duration);
  }
  friend absl::Duration operator-(MonotonicTime one, MonotonicTime other) {
    return one.since_origin_ - other.since_origin_;
  }
  friend bool operator==(MonotonicTime one, MonotonicTime other) = default;
  friend std::strong_ordering operator<=>(MonotonicTime one, MonotonicTime other) {
    if (one.since_origin_ == other.since_origin_) return std::strong_ordering::equal;
    return one.since_origin_ < other.since_origin_ ? std::strong_ordering::less
                                                   : std::strong_ordering::greater;
  }

 private:
  absl::Duration since_origin_;
};

// One moment on both clocks.
struct Instant {
  absl::Time wall;
  MonotonicTime steady;
};

// The time, and waiting; tests use a fake. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // The wall-clock time, for people and other machines. It may be set, in either direction.
  virtual absl::Time Now() = 0;

  // The steady time, for waiting and measuring: back-off, rate limits, deadlines, ages.
  virtual MonotonicTime Steady() = 0;

  Instant Both() { return {Now(), Steady()}; }

  // Waits for `duration` or until `stop` is requested. Returns whether the whole time passed.
  virtual bool Sleep(absl::Duration duration, std::stop_token stop) = 0;

  // The machine's clock; never destroyed.
  static Clock& Real();
};

}  // namespace swarmbell
