#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace swarmbell {

// Until when each swarm's changes have been heard of, from whichever of its collectors. Thread-safe.
class KnownSwarms {
 public:
  // A collector read the swarm at `time`, and has sent what it found.
  void Heard(const std::string& cluster_id, absl::Time time);

  // Changes that occurred before this have been sent, whatever the clocks of the machines differ by within
  // reason. Unset for a swarm that nobody was heard of.
  std::optional<absl::Time> Until(const std::string& cluster_id) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, absl::Time> until_;  // guarded by mutex_
};

}  // namespace swarmbell
