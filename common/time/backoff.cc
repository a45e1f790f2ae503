#include "common/time/backoff.h"

#include <algorithm>

namespace swarmbell {

Backoff::Backoff(BackoffOptions options, std::uint64_t seed)
    : options_(options),
      step_(options.first),
      random_(static_cast<std::minstd_rand::result_type>(seed % std::minstd_rand::modulus)) {}

absl::Duration Backoff::Next() {
  const absl::Duration step = std::min(step_, options_.most);
  step_ = std::min(step * options_.factor, options_.most);
  return step * std::uniform_real_distribution<double>(0.5, 1.0)(random_);
}

void Backoff::Reset() { step_ = options_.first; }

}  // namespace swarmbell
