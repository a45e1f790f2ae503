#include "notifier/feed/known_swarms.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/feed/feed_events.h"

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

}  // namespace

void KnownSwarms::Heard(const std::string& cluster_id, absl::Time time) {
  if (cluster_id.empty()) return;
  std::lock_guard lock(mutex_);
  absl::Time& until = until_.try_emplace(cluster_id, absl::InfinitePast()).first->second;
  until = std::max(until, time - kMargin);
}

std::optional<absl::Time> KnownSwarms::Until(const std::string& cluster_id) const {
  std::lock_guard lock(mutex_);
  const auto found = until_.find(cluster_id);
  return found == until_.end() ? std::nullopt : std::optional(found->second);
}

bool KnownSwarms::TakeGap(const std::string& cluster_id, absl::Time since, absl::Time now,
                          absl::FunctionRef<bool(absl::Time)> followed) {
  if (cluster_id.empty()) return true;
  std::lock_guard lock(mutex_);
  const auto [told, first] = gap_told_.try_emplace(cluster_id, now);
  if (first) return true;
  const bool again = told->second < since || !followed(told->second);
  if (again) told->second = now;
  return again;
}

void StaleCollectors::Heard(const v1::ChangeEvent& event) {
  if (!event.has_collector_stale() && !event.has_collector_recovered()) return;
  // One that has never read the swarm does not know its node.
  if (event.observer().node_id().empty()) return;
  const std::string key = Key(event.cluster(), event.observer());
  std::lock_guard lock(mutex_);
  if (event.has_collector_recovered()) {
    stale_.erase(key);
  } else if (stale_.size() < kMostCollectors || stale_.contains(key)) {
    stale_.insert_or_assign(key, Stale{event});
  }
}

std::optional<v1::ChangeEvent> StaleCollectors::Heard(const v1::Progress& progress, absl::Time now) {
  if (progress.observer().node_id().empty()) return std::nullopt;
  std::lock_guard lock(mutex_);
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
