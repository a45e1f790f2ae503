#include "collector/poll/wake_signal.h"

namespace swarmbell {

void WakeSignal::Wake() {
  std::optional<std::stop_source> nap;
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
    nap = nap_;
  }
  if (nap) nap->request_stop();
}

WakeSignal::Reason WakeSignal::WaitFor(absl::Duration duration, std::stop_token stop) {
  std::stop_source nap;
  {
    std::lock_guard lock(mutex_);
    if (woken_) nap.request_stop();
    nap_ = nap;
  }
  {
    std::stop_callback end_nap(stop, [&nap] { nap.request_stop(); });
    clock_.Sleep(duration, nap.get_token());
  }
  std::lock_guard lock(mutex_);
  nap_.reset();
  if (stop.stop_requested()) return Reason::kStopped;
  return woken_ ? Reason::kWoken : Reason::kTime;
}

void WakeSignal::Clear() {
  std::lock_guard lock(mutex_);
  woken_ = false;
}

}  // namespace swarmbell
