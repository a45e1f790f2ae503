#include "collector/poll/poll_loop.h"

#include <algorithm>

namespace swarmbell {
namespace {

// The number of rounds that wakes may start in a burst, and how many more each second allows.
constexpr double kMostTurns = 20;
constexpr double kTurnsPerSecond = 5;

}  // namespace

PollLoop::PollLoop(Clock& clock, absl::Duration interval, absl::Duration debounce)
    : clock_(clock), interval_(interval), debounce_(debounce), turns_(kMostTurns), signal_(clock) {}

void PollLoop::Run(Round round, std::stop_token stop) {
  while (!stop.stop_requested()) {
    const absl::Time start = clock_.Now();
    // A clock that was set back must not delay it either.
    const bool timed = start >= turn_ || turn_ - start > 2 * interval_;
    const RoundEnd end = round(timed, stop);
    const absl::Time now = clock_.Now();
    const absl::Duration took = std::clamp(now - start, absl::ZeroDuration(), interval_);
    if (timed) turn_ = std::max(start + interval_, now + took);
    WaitAfterRound(end, stop);
  }
}

void PollLoop::WaitAfterRound(const RoundEnd& end, std::stop_token stop) {
  const absl::Time start = clock_.Now();
  const absl::Duration rest = std::min(end.rest, interval_);
  const absl::Duration wait = std::min({turn_ - start, end.patience, 2 * interval_});
  if (signal_.WaitFor(std::max(wait, rest), stop) == WakeSignal::Reason::kWoken) {
    const absl::Duration gone = std::max(clock_.Now() - start, absl::ZeroDuration());
    clock_.Sleep(std::max({debounce_, rest - gone, TakeTurn()}), stop);
  }
  signal_.Clear();
}

// How long the next round that a wake brings has to wait for its turn.
absl::Duration PollLoop::TakeTurn() {
  const absl::Time now = clock_.Now();
  const absl::Duration since = std::max(now - turns_counted_at_, absl::ZeroDuration());
  turns_counted_at_ = now;
  turns_ = std::min(turns_ + absl::ToDoubleSeconds(since) * kTurnsPerSecond, kMostTurns) - 1;
  return turns_ >= 0 ? absl::ZeroDuration() : absl::Seconds(-turns_ / kTurnsPerSecond);
}

}  // namespace swarmbell
