#include "notifier/delivery/receiver_trouble.h"

#include <utility>

namespace swarmbell {

void ReceiverTrouble::Failed(const Verdict& verdict, Instant now) {
  if (!since_) since_ = now;
  error_ = verdict.reason;
  advice_ = verdict.advice;
}

void ReceiverTrouble::Lost(std::size_t alerts) {
  if (since_) lost_ += alerts;
}

std::optional<ReceiverNews> ReceiverTrouble::Accepted(absl::Time now) {
  const std::optional<Instant> since = std::exchange(since_, std::nullopt);
  const std::size_t lost = std::exchange(lost_, 0);
  const bool was_told = std::exchange(told_, false);
  const bool is_first = !std::exchange(works_told_, true);
  if (!was_told && !is_first) return std::nullopt;
  ReceiverNews works;
  works.receiver = receiver_;
  works.since = since ? since->wall : now;
  works.lost_alerts = lost;
  return works;
}

std::optional<ReceiverNews> ReceiverTrouble::Check(MonotonicTime now, absl::Duration after,
                                                   std::size_t waiting_alerts) {
  if (now < Deadline(after)) return std::nullopt;
  told_ = true;
  return ReceiverNews{receiver_, /*failing=*/true, error_, advice_, since_->wall, waiting_alerts, lost_};
}

MonotonicTime ReceiverTrouble::Deadline(absl::Duration after) const {
  return since_ && !told_ ? since_->steady + after : MonotonicTime::InfiniteFuture();
}

}  // namespace swarmbell
