#include "notifier/feed/watchdog.h"

#include <utility>

namespace swarmbell {

Watchdog::Watchdog(absl::Duration limit, std::function<void()> bark, Clock& clock)
    : limit_(limit),
      bark_(std::move(bark)),
      clock_(clock),
      since_(clock.Now()),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

void Watchdog::Heard() {
  std::lock_guard lock(mutex_);
  listening_ = false;
}

void Watchdog::Listen() {
  std::lock_guard lock(mutex_);
  listening_ = true;
  since_ = clock_.Now();
}

bool Watchdog::barked() const {
  std::lock_guard lock(mutex_);
  return barked_;
}

void Watchdog::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const absl::Time now = clock_.Now();
    const absl::Time deadline = Deadline();
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

absl::Time Watchdog::Deadline() const {
  std::lock_guard lock(mutex_);
  return (listening_ ? since_ : clock_.Now()) + limit_;
}

}  // namespace swarmbell
