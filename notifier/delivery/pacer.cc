#include "notifier/delivery/pacer.h"

#include <algorithm>

namespace swarmbell {

Pacer::Pacer(PacerOptions options) : options_(options) {}

MonotonicTime Pacer::NextTurn(MonotonicTime now) const { return std::max(now, full_at_ - BurstSpan()); }

void Pacer::Take(MonotonicTime now) { full_at_ = std::max(now, full_at_) + options_.interval; }

absl::Duration Pacer::BurstSpan() const { return (std::max(options_.burst, 1) - 1) * options_.interval; }

}  // namespace swarmbell
