#include "notifier/feed/feed_events.h"

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

v1::ChangeEvent FeedEvent(const FeedIdentity& feed, const std::string& id, absl::Time now) {
  v1::ChangeEvent event;
  event.set_event_id(id);
  event.set_action(v1::ACTION_UPDATED);
  *event.mutable_observe_time() = ToProto(now);
  *event.mutable_cluster() = feed.cluster;
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_FEED);
  event.mutable_resource()->set_id(feed.name);
  event.mutable_resource()->set_name(feed.name);
  return event;
}

}  // namespace

v1::ChangeEvent MakeFeedGap(const FeedIdentity& feed, const std::string& position, const std::string& reason,
                            absl::Time now) {
  v1::ChangeEvent event = FeedEvent(feed, absl::StrCat("feed_gap:", feed.name, ":", position), now);
  event.mutable_feed_gap()->set_reason(reason);
  return event;
}

v1::ChangeEvent MakeFeedDisconnected(const FeedIdentity& feed, const std::string& error, absl::Time since,
                                     bool known_before, absl::Time now) {
  v1::ChangeEvent event =
      FeedEvent(feed, absl::StrCat("feed_disconnected:", feed.name, ":", absl::ToUnixNanos(since)), now);
  event.mutable_feed_disconnected()->set_error(error);
  event.mutable_feed_disconnected()->set_connected_before(known_before);
  *event.mutable_feed_disconnected()->mutable_start_time() = ToProto(since);
  return event;
}

v1::ChangeEvent MakeFeedConnected(const FeedIdentity& feed, absl::Time since, bool known_before,
                                  absl::Time now) {
  v1::ChangeEvent event =
      FeedEvent(feed, absl::StrCat("feed_connected:", feed.name, ":", absl::ToUnixNanos(since)), now);
  *event.mutable_feed_connected()->mutable_start_time() = ToProto(since);
  event.mutable_feed_connected()->set_connected_before(known_before);
  return event;
}

v1::ChangeEvent MakeCollectorRestarted(const v1::ChangeEvent& stale, absl::Time now) {
  v1::ChangeEvent event = stale;
  event.set_event_id(absl::StrCat("collector_restarted:", stale.event_id()));
  event.clear_sequence();
  *event.mutable_observe_time() = ToProto(now);
  v1::CollectorRecovered& recovered = *event.mutable_collector_recovered();
  if (stale.collector_stale().has_last_read_time()) {
    *recovered.mutable_last_read_time() = stale.collector_stale().last_read_time();
  }
  recovered.set_restarted(true);
  return event;
}

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
  // The swarm of a collector that takes another's place is known before.
  known_ = reached_ || !feed.cluster.id().empty();
  return MakeFeedDisconnected(feed, error_, since_->wall, known_, now.wall);
}

MonotonicTime Outage::Deadline() const {
  if (!since_ || told_ || tell_after_ <= absl::ZeroDuration()) return MonotonicTime::InfiniteFuture();
  return since_->steady + tell_after_;
}

}  // namespace swarmbell
