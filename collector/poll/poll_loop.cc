#include "collector/poll/poll_loop.h"

#include <algorithm>

namespace swarmbell {
namespace {

// The number of rounds that wakes may start in a burst, and the number that each second adds.
constexpr double kMostWakeTokens = 20;
constexpr double kWakeTokensPerSecond = 5;

}  // namespace

void WakeSignal::Wake() {
  std::optional<std::stop_source> wait;
  {
    const MutexLock lock(mutex_);
    woken_ = true;
    wait = wait_;
  }
  if (wait) wait->request_stop();
}

WakeSignal::Reason WakeSignal::WaitFor(absl::Duration duration, std::stop_token stop) {
  std::stop_source wait;
  {
    const MutexLock lock(mutex_);
    if (woken_) wait.request_stop();
    wait_ = wait;
  }
  {
    std::stop_callback end_wait(stop, [&wait] { wait.request_stop(); });
    clock_.Sleep(duration, wait.get_token());
  }
  const MutexLock lock(mutex_);
  wait_.reset();
  if (stop.stop_requested()) return Reason::kStopped;
  return woken_ ? Reason::kWoken : Reason::kTime;
}

void WakeSignal::Clear() {
  const MutexLock lock(mutex_);
  woken_ = false;
}

PollLoop::PollLoop(Clock& clock, absl::Duration interval, absl::Duration debounce)
    : clock_(clock),
      interval_(interval),
      debounce_(debounce),
      wake_tokens_(kMostWakeTokens),
      signal_(clock) {}

void PollLoop::Run(Round round, std::stop_token stop) {
  while (!stop.stop_requested()) {
    const absl::Time start = clock_.Now();
    // A clock that was set back must not delay it either.
    const bool timed = start >= next_timed_ || next_timed_ - start > 2 * interval_;
    const NextRound next = round(timed, stop);
    const absl::Time now = clock_.Now();
    const absl::Duration took = std::clamp(now - start, absl::ZeroDuration(), interval_);
    if (timed) next_timed_ = std::max(start + interval_, now + took);
    WaitAfterRound(next, stop);
  }
}

void PollLoop::WaitAfterRound(const NextRound& next, std::stop_token stop) {
  const absl::Time start = clock_.Now();
  const absl::Duration min_wait = std::min(next.min_wait, interval_);
  const absl::Duration wait = std::min({next_timed_ - start, next.max_wait, 2 * interval_});
  if (signal_.WaitFor(std::max(wait, min_wait), stop) == WakeSignal::Reason::kWoken) {
    const absl::Duration waited = std::max(clock_.Now() - start, absl::ZeroDuration());
    clock_.Sleep(std::max({debounce_, min_wait - waited, SpendWakeToken()}), stop);
  }
  signal_.Clear();
}

// Returns the wait before a round that a wake brings.
absl::Duration PollLoop::SpendWakeToken() {
  const absl::Time now = clock_.Now();
  const absl::Duration since = std::max(now - tokens_counted_at_, absl::ZeroDuration());
  tokens_counted_at_ = now;
  const double earned = absl::ToDoubleSeconds(since) * kWakeTokensPerSecond;
  wake_tokens_ = std::min(wake_tokens_ + earned, kMostWakeTokens) - 1;
  return wake_tokens_ >= 0 ? absl::ZeroDuration() : absl::Seconds(-wake_tokens_ / kWakeTokensPerSecond);
}

}  // namespace swarmbell
