#include "notifier/feed/known_swarms.h"

#include <algorithm>

namespace swarmbell {
namespace {

// For the time that a read takes, and for clocks that differ. What is told again for it has the identifier
// that it had before.
constexpr absl::Duration kMargin = absl::Seconds(5);

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

}  // namespace swarmbell
