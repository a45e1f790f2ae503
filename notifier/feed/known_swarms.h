#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

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

}  // namespace swarmbell
