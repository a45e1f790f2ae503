#include "collector/poll/poll_loop.h"

#include <algorithm>

namespace swarmbell {
namespace {

// After a round that a wake brought, this many times the round's own length is a rest.
constexpr int kRestAfterWake = 4;

}  // namespace

void PollLoop::Run(absl::FunctionRef<absl::Duration(std::stop_token)> round, std::stop_token stop) {
  while (!stop.stop_requested()) {
    const absl::Time start = clock_.Now();
    const absl::Duration patience = round(stop);
    // Whatever a clock that was set meanwhile says.
    const absl::Duration took = std::clamp(clock_.Now() - start, absl::ZeroDuration(), interval_);
    if (!WaitAfterRound(took, patience, stop)) return;
  }
}

// Says whether to go on.
bool PollLoop::WaitAfterRound(absl::Duration took, absl::Duration patience, std::stop_token stop) {
  const absl::Time end = clock_.Now();
  const absl::Duration wait = std::min(std::max(interval_ - took, took), patience);
  const WakeSignal::Reason reason = signal_.WaitFor(wait, stop);
  if (reason == WakeSignal::Reason::kWoken) {
    const absl::Duration gone = std::max(clock_.Now() - end, absl::ZeroDuration());
    const absl::Duration rest = std::min(took * kRestAfterWake, interval_) - gone;
    clock_.Sleep(std::max(debounce_, rest), stop);
  }
  signal_.Clear();
  return !stop.stop_requested();
}

}  // namespace swarmbell
