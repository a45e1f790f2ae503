#include "notifier/feed/pending_last_words.h"

#include <utility>

namespace swarmbell {

void PendingLastWords::Set(LastWords words) {
  {
    const MutexLock lock(mutex_);
    if (words_) return;
    words_ = std::move(words);
  }
  set_.request_stop();
}

LastWords PendingLastWords::Wait(Clock& clock, std::stop_token stop) {
  {
    std::stop_source wake;
    const std::stop_callback on_set(set_.get_token(), [&wake] { wake.request_stop(); });
    const std::stop_callback on_stop(std::move(stop), [&wake] { wake.request_stop(); });
    const absl::Duration left = Deadline() - clock.Steady();
    if (left > absl::ZeroDuration()) clock.Sleep(left, wake.get_token());
  }
  const MutexLock lock(mutex_);
  return words_.value_or(LastWords{.lines = {}, .missing = "the collector did not answer within 3 s"});
}

}  // namespace swarmbell
