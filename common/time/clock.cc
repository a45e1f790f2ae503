#include "common/time/clock.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>

#include "absl/time/clock.h"
#include "common/sync/mutex.h"

namespace swarmbell {
namespace {

// Long waits are cut into pieces: the deadline of an endless one would overflow.
constexpr absl::Duration kLongestWait = absl::Hours(1);

class RealClock final : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }

  MonotonicTime Steady() override {
    return MonotonicTime(absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()));
  }

  bool Sleep(absl::Duration duration, std::stop_token stop) override {
    Mutex mutex;
    std::condition_variable_any stopped;
    MutexLock lock(mutex);
    while (duration > absl::ZeroDuration() && !stop.stop_requested()) {
      const absl::Duration piece = std::min(duration, kLongestWait);
      stopped.wait_for(lock, stop, absl::ToChronoNanoseconds(piece), [] { return false; });
      duration -= piece;
    }
    return !stop.stop_requested();
  }
};

}  // namespace

Clock& Clock::Real() {
  static RealClock& clock = *new RealClock;
  return clock;
}

}  // namespace swarmbell
