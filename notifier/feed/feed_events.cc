#include "notifier/feed/feed_events.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {
namespace {

// Allows for the time that a read takes, and for clocks that differ. Changes that are reported again because
// of it keep their identifiers.
constexpr absl::Duration kMargin = absl::Seconds(5);

// More than a swarm has managers, times the swarms that one notifier follows.
constexpr std::size_t kMostCollectors = 10'000;

std::string Key(const v1::Cluster& cluster, const v1::Observer& observer) {
  return absl::StrCat(cluster.id(), "/", observer.node_id());
}

// Both times are of the node's clock.
bool HasReadSince(const v1::ChangeEvent& stale, const v1::Progress& progress) {
  return !progress.stale() && progress.has_poll_time() &&
         FromProto(progress.poll_time()) > FromProto(stale.observe_time());
}

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

// The collector of `stale` was restarted, and reads the swarm.
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

}  // namespace

v1::ChangeEvent MakeFeedGap(const FeedIdentity& feed, const std::string& position, const std::string& reason,
                            absl::Time now) {
  v1::ChangeEvent event = FeedEvent(feed, absl::StrCat("feed_gap:", feed.name, ":", position), now);
  event.mutable_feed_gap()->set_reason(reason);
  return event;
}

void AddOpenAlarms(const std::string& state_of_pipeline, v1::KnownSwarm& known) {
  v1::NotifierState state;
  if (!state.ParseFromString(state_of_pipeline)) return;
  for (auto* alarms : {state.mutable_open_alarms(), state.mutable_open_crash_loops()}) {
    for (v1::ChangeEvent& alarm : *alarms) {
      if (alarm.cluster().id() == known.cluster_id()) *known.add_open_alarms() = std::move(alarm);
    }
  }
}

void Outage::Start(const std::string& error, Instant now) {
  if (!since_) since_ = now;
  error_ = error;
}

std::optional<v1::ChangeEvent> Outage::End(const FeedIdentity& feed, Instant now) {
  std::optional<v1::ChangeEvent> event;
  if (since_ && reported_) event = MakeFeedConnected(feed, since_->wall, known_, now.wall);
  since_.reset();
  reached_ = true;
  reported_ = false;
  return event;
}

std::optional<v1::ChangeEvent> Outage::Check(const FeedIdentity& feed, Instant now) {
  if (now.steady < Deadline()) return std::nullopt;
  reported_ = true;
  // The swarm of a collector that takes another's place is known before.
  known_ = reached_ || !feed.cluster.id().empty();
  return MakeFeedDisconnected(feed, error_, since_->wall, known_, now.wall);
}

MonotonicTime Outage::Deadline() const {
  if (!since_ || reported_ || report_after_ <= absl::ZeroDuration()) return MonotonicTime::InfiniteFuture();
  return since_->steady + report_after_;
}

void KnownSwarms::Heard(const std::string& cluster_id, absl::Time time) {
  if (cluster_id.empty()) return;
  const MutexLock lock(mutex_);
  absl::Time& until = until_.try_emplace(cluster_id, absl::InfinitePast()).first->second;
  until = std::max(until, time - kMargin);
}

std::optional<absl::Time> KnownSwarms::Until(const std::string& cluster_id) const {
  const MutexLock lock(mutex_);
  const auto found = until_.find(cluster_id);
  return found == until_.end() ? std::nullopt : std::optional(found->second);
}

bool KnownSwarms::ClaimGap(const std::string& cluster_id, absl::Time since, absl::Time now,
                           absl::FunctionRef<bool(absl::Time)> followed) {
  if (cluster_id.empty()) return true;
  const MutexLock lock(mutex_);
  const auto [reported, first] = gap_reported_.try_emplace(cluster_id, now);
  if (first) return true;
  const bool again = reported->second < since || !followed(reported->second);
  if (again) reported->second = now;
  return again;
}

void StaleCollectors::Heard(const v1::ChangeEvent& event) {
  if (!event.has_collector_stale() && !event.has_collector_recovered()) return;
  // One that has never read the swarm does not know its node.
  if (event.observer().node_id().empty()) return;
  const std::string key = Key(event.cluster(), event.observer());
  const MutexLock lock(mutex_);
  if (event.has_collector_recovered()) {
    stale_.erase(key);
  } else if (stale_.size() < kMostCollectors || stale_.contains(key)) {
    stale_.insert_or_assign(key, Stale{event});
  }
}

void StaleCollectors::Restore(const std::string& state_of_pipeline) {
  v1::NotifierState state;
  if (!state.ParseFromString(state_of_pipeline)) return;
  for (const v1::ChangeEvent& alarm : state.open_alarms()) Heard(alarm);
}

std::optional<v1::ChangeEvent> StaleCollectors::Heard(const v1::Progress& progress, absl::Time now) {
  if (progress.observer().node_id().empty()) return std::nullopt;
  const MutexLock lock(mutex_);
  const auto found = stale_.find(Key(progress.cluster(), progress.observer()));
  if (found == stale_.end()) return std::nullopt;
  const bool read_before =
      std::exchange(found->second.read_since, HasReadSince(found->second.event, progress));
  if (!read_before || !found->second.read_since) return std::nullopt;
  const v1::ChangeEvent stale = std::move(found->second.event);
  stale_.erase(found);
  return MakeCollectorRestarted(stale, now);
}

}  // namespace swarmbell
