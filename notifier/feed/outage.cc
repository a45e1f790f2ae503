#include "notifier/feed/outage.h"

namespace swarmbell {

void Outage::Begin(const std::string& error, absl::Time now) {
  if (!since_) since_ = now;
  error_ = error;
}

std::optional<v1::ChangeEvent> Outage::End(const FeedIdentity& feed, absl::Time now) {
  std::optional<v1::ChangeEvent> event;
  if (since_ && told_) event = MakeFeedConnected(feed, *since_, known_, now);
  since_.reset();
  reached_ = true;
  told_ = false;
  return event;
}

std::optional<v1::ChangeEvent> Outage::Check(const FeedIdentity& feed, absl::Time now) {
  if (now < Deadline()) return std::nullopt;
  told_ = true;
  // Of a collector that takes another's place, the swarm is known before.
  known_ = reached_ || !feed.cluster.id().empty();
  return MakeFeedDisconnected(feed, error_, *since_, known_, now);
}

absl::Time Outage::Deadline() const {
  if (!since_ || told_ || tell_after_ <= absl::ZeroDuration()) return absl::InfiniteFuture();
  return *since_ + tell_after_;
}

}  // namespace swarmbell
