#pragma once

#include "absl/time/time.h"
#include "common/time/clock.h"

namespace swarmbell {

struct PacerOptions {
  // The time between messages in the long run; 0 for no limit.
  absl::Duration interval = absl::Seconds(1);
  // How many may go at once after a quiet time.
  int burst = 5;
};

// Keeps to a rate that a webhook takes: a bucket of `burst` messages that refills by one each interval.
//
// Pure: times are passed in. Not thread-safe.
class Pacer {
 public:
  explicit Pacer(PacerOptions options);

  // When the next message may go; `now` or earlier when it may go at once.
  MonotonicTime NextTurn(MonotonicTime now) const;

  // A message went.
  void Take(MonotonicTime now);

 private:
  absl::Duration BurstSpan() const;

  PacerOptions options_;
  MonotonicTime full_at_ = MonotonicTime::InfinitePast();  // when the bucket is full if nothing goes
};

}  // namespace swarmbell
