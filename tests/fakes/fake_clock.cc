#include "tests/fakes/fake_clock.h"

#include <algorithm>
#include <chrono>

namespace swarmbell {
namespace {

constexpr std::chrono::seconds kSleeperPatience{30};

}  // namespace

absl::Time FakeClock::Now() {
  std::lock_guard lock(mutex_);
  return set_to_ + gone_;
}

MonotonicTime FakeClock::Steady() {
  std::lock_guard lock(mutex_);
  return MonotonicTime(gone_);
}

void FakeClock::StepWall(absl::Duration step) {
  std::lock_guard lock(mutex_);
  set_to_ += step;
}

bool FakeClock::Sleep(absl::Duration duration, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const MonotonicTime until(gone_ + duration);
  const auto me = sleepers_.insert(sleepers_.end(), {until, stop});
  changed_.notify_all();
  changed_.wait(lock, stop, [&] { return MonotonicTime(gone_) >= until; });
  sleepers_.erase(me);
  changed_.notify_all();
  return MonotonicTime(gone_) >= until && !stop.stop_requested();
}

void FakeClock::Advance(absl::Duration duration) {
  std::lock_guard lock(mutex_);
  gone_ += duration;
  changed_.notify_all();
}

bool FakeClock::WaitForSleepers(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kSleeperPatience, [&] { return Asleep() >= count; });
}

bool FakeClock::WaitForSleeper(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kSleeperPatience, [&] {
    return std::any_of(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
      return sleeper.until == MonotonicTime(gone_ + duration) && !sleeper.stop.stop_requested();
    });
  });
}

std::size_t FakeClock::Sleepers() const {
  std::lock_guard lock(mutex_);
  return Asleep();
}

std::size_t FakeClock::Asleep() const {
  const auto asleep = std::count_if(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
    return sleeper.until > MonotonicTime(gone_) && !sleeper.stop.stop_requested();
  });
  return static_cast<std::size_t>(asleep);
}

}  // namespace swarmbell
