#include "notifier/feed/stale_collectors.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/feed/feed_events.h"

namespace swarmbell {
namespace {

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
