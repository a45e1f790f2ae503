#pragma once

#include <cstdint>
#include <random>

#include "absl/time/time.h"

namespace swarmbell {

struct BackoffOptions {
  absl::Duration first = absl::Seconds(1);
  absl::Duration most = absl::Minutes(1);
  double factor = 2;
};

// How long to wait before each further try: exponential, each wait drawn from the upper half of its step so
// that many clients of one server do not return together.
//
// Not thread-safe.
class Backoff {
 public:
  explicit Backoff(BackoffOptions options, std::uint64_t seed = std::random_device()());

  // The wait before the next try; longer each time, never over `most`.
  absl::Duration Next();

  // Starts again with the first wait, after a success.
  void Reset();

 private:
  BackoffOptions options_;
  absl::Duration step_;
  std::minstd_rand random_;
};

}  // namespace swarmbell
