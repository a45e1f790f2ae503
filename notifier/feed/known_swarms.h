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

// What the feeds of one swarm know together, from whichever of its collectors: until when its changes have
// been heard of, and that some were lost. Thread-safe.
class KnownSwarms {
 public:
  // A collector read the swarm at `time`, and has sent what it found.
  void Heard(const std::string& cluster_id, absl::Time time);

  // Changes that occurred before this have been sent, whatever the clocks of the machines differ by within
  // reason. Unset for a swarm that nobody was heard of.
  std::optional<absl::Time> Until(const std::string& cluster_id) const;

  // Whether changes that were lost between `since` and `now` are to be told as lost; they then count as told.
  // False when another feed's gap has told it meanwhile, and the swarm was `followed` from then on: where
  // every collector has lost the same, one alert says so. Always true for a swarm without an identifier.
  bool TakeGap(const std::string& cluster_id, absl::Time since, absl::Time now,
               absl::FunctionRef<bool(absl::Time since)> followed);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, absl::Time> until_;     // guarded by mutex_
  std::map<std::string, absl::Time> gap_told_;  // guarded by mutex_
};

// The collectors that told that they cannot read the swarm, and did not tell yet that they can again: one
// that is started anew meanwhile never does. What the feeds know together, for it may come back behind
// another address. Holds a bounded number. Thread-safe.
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
