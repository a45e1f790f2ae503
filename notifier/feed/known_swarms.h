#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// Shared knowledge of the feeds of one swarm, from any of its collectors: the time up to which its changes
// were received, and the gaps that were reported. Thread-safe.
class KnownSwarms {
 public:
  // A collector read the swarm at `time`, and has sent what it found.
  void Heard(const std::string& cluster_id, absl::Time time);

  // Changes that occurred before this have been sent, whatever the clocks of the machines differ by within
  // reason. Unset for a swarm that nobody was heard of.
  std::optional<absl::Time> Until(const std::string& cluster_id) const;

  // True if the changes lost between `since` and `now` must be reported as lost; they then count as reported.
  // False if another feed's gap has reported them meanwhile, and the swarm was `followed` from then on: if
  // every collector has lost the same, one alert says so. Always true for a swarm without an ID.
  bool TakeGap(const std::string& cluster_id, absl::Time since, absl::Time now,
               absl::FunctionRef<bool(absl::Time since)> followed);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, absl::Time> until_;     // guarded by mutex_
  std::map<std::string, absl::Time> gap_told_;  // guarded by mutex_
};

// The collectors that reported that they cannot read the swarm, and have not recovered yet: a collector that
// is restarted meanwhile never reports it. Shared by all feeds, because it may return behind another address.
// Bounded. Thread-safe.
class StaleCollectors {
 public:
  // A collector told `event`; of interest is what it tells of itself.
  void Heard(const v1::ChangeEvent& event);

  // A collector told `progress`. Returns what is to be told, now, when that is the second time since it was
  // stale that it has read the swarm and not said that it is over: one that lives has said so by then.
  std::optional<v1::ChangeEvent> Heard(const v1::Progress& progress, absl::Time now);

 private:
  struct Stale {
    v1::ChangeEvent event;
    bool read_since = false;  // as the progress before said
  };

  std::mutex mutex_;
  std::map<std::string, Stale> stale_;  // by node; guarded by mutex_
};

}  // namespace swarmbell
