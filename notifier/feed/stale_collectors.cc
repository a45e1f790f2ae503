#include "notifier/feed/stale_collectors.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/feed/feed_events.h"

namespace swarmbell {
namespace {

// More than a swarm has managers, times the swarms that one notifier follows.
constexpr std::size_t kMostCollectors = 10'000;

std::string Key(const v1::Cluster& cluster, const v1::Observer& observer) {
  return absl::StrCat(cluster.id(), "/", observer.node_id());
}

}  // namespace

void StaleCollectors::Heard(const v1::ChangeEvent& event, absl::Time now) {
  if (!event.has_collector_stale() && !event.has_collector_recovered()) return;
  // One that has never read the swarm does not know its node.
  if (event.observer().node_id().empty()) return;
  const std::string key = Key(event.cluster(), event.observer());
  std::lock_guard lock(mutex_);
  if (event.has_collector_recovered()) {
    stale_.erase(key);
  } else if (stale_.size() < kMostCollectors || stale_.contains(key)) {
    stale_.insert_or_assign(key, Stale{event, now});
  }
}

std::optional<v1::ChangeEvent> StaleCollectors::Heard(const v1::Progress& progress, absl::Time opened,
                                                      absl::Time now) {
  if (progress.stale() || !progress.has_poll_time() || progress.observer().node_id().empty()) {
    return std::nullopt;
  }
  std::lock_guard lock(mutex_);
  const auto found = stale_.find(Key(progress.cluster(), progress.observer()));
  if (found == stale_.end() || opened <= found->second.heard) return std::nullopt;
  const v1::ChangeEvent stale = std::move(found->second.event);
  stale_.erase(found);
  return MakeCollectorRestarted(stale, now);
}

}  // namespace swarmbell
