#include "notifier/feed/outage.h"

namespace swarmbell {

void Outage::Begin(const std::string& error, Instant now) {
  if (!since_) since_ = now;
  error_ = error;
}

std::optional<v1::ChangeEvent> Outage::End(const FeedIdentity& feed, Instant now) {
  std::optional<v1::ChangeEvent> event;
  if (since_ && told_) event = MakeFeedConnected(feed, since_->wall, known_, now.wall);
  since_.reset();
  reached_ = true;
  told_ = false;
  return event;
}

std::optional<v1::ChangeEvent> Outage::Check(const FeedIdentity& feed, Instant now) {
  if (now.steady < Deadline()) return std::nullopt;
  told_ = true;
  // Of a collector that takes another's place, the swarm is known before.
  known_ = reached_ || !feed.cluster.id().empty();
  return MakeFeedDisconnected(feed, error_, since_->wall, known_, now.wall);
}

MonotonicTime Outage::Deadline() const {
  if (!since_ || told_ || tell_after_ <= absl::ZeroDuration()) return MonotonicTime::InfiniteFuture();
  return since_->steady + tell_after_;
}

}  // namespace swarmbell
