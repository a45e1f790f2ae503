#pragma once

#include <compare>

#include "absl/time/time.h"

namespace swarmbell {

// A moment of steady time, which goes on at its pace when somebody sets the wall clock. Only differences mean
// something. A type of its own, so that nobody compares it with the wall clock.
class MonotonicTime {
 public:
  constexpr MonotonicTime() = default;
  // As far from an origin that is the same for the whole process.
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

}  // namespace swarmbell
