#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "absl/time/time.h"

namespace swarmbell {

struct BackoffOptions {
  absl::Duration first = absl::Seconds(1);
  absl::Duration most = absl::Minutes(1);
  double factor = 2;
};

// The waits between retries: exponential, each drawn at random from the upper half of its step, so that the
// clients of one server do not retry at the same moment. Not thread-safe.
class Backoff {
 public:
  explicit Backoff(BackoffOptions options, std::uint64_t seed = std::random_device()())
      : options_(options),
        step_(options.first),
        random_(static_cast<std::minstd_rand::result_type>(seed % std::minstd_rand::modulus)) {}

  // The wait before the next retry: longer each time, never over `most`.
  absl::Duration Next() {
    const absl::Duration step = std::min(step_, options_.most);
    step_ = std::min(step * options_.factor, options_.most);
    return step * std::uniform_real_distribution<double>(0.5, 1.0)(random_);
  }

  // Starts over with the first wait, after a success.
  void Reset() { step_ = options_.first; }

 private:
  BackoffOptions options_;
  absl::Duration step_;
  std::minstd_rand random_;
};

}  // namespace swarmbell
