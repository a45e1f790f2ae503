#include "notifier/feed/watchdog.h"

#include <utility>

namespace swarmbell {

Watchdog::Watchdog(absl::Duration limit, std::function<void()> bark, Clock& clock)
    : limit_(limit),
      bark_(std::move(bark)),
      clock_(clock),
      since_(clock.Steady()),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

void Watchdog::Heard() {
  std::lock_guard lock(mutex_);
  listening_ = false;
}

void Watchdog::Listen() {
  std::lock_guard lock(mutex_);
  listening_ = true;
  since_ = clock_.Steady();
}

bool Watchdog::barked() const {
  std::lock_guard lock(mutex_);
  return barked_;
}

void Watchdog::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const MonotonicTime now = clock_.Steady();
    const MonotonicTime deadline = Deadline();
    if (now >= deadline) {
      {
        std::lock_guard lock(mutex_);
        barked_ = true;
      }
      bark_();
      return;
    }
    clock_.Sleep(deadline - now, stop);
  }
}

MonotonicTime Watchdog::Deadline() const {
  std::lock_guard lock(mutex_);
  return (listening_ ? since_ : clock_.Steady()) + limit_;
}

}  // namespace swarmbell
