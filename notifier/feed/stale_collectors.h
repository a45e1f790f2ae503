#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// The collectors that told that they cannot read the swarm, and did not tell yet that they can again: one
// that is started anew meanwhile never does. What the feeds know together, for it may come back behind
// another address. Holds a bounded number. Thread-safe.
class StaleCollectors {
 public:
  // A collector told `event`, which came at `now`; of interest is what it tells of itself.
  void Heard(const v1::ChangeEvent& event, absl::Time now);

  // A collector told `progress` in a stream that was opened at `opened`. Returns what is to be told when it
  // reads the swarm again, and its being stale came in an earlier stream: in that stream it would have told
  // the end itself. Times are the notifier's.
  std::optional<v1::ChangeEvent> Heard(const v1::Progress& progress, absl::Time opened, absl::Time now);

 private:
  struct Stale {
    v1::ChangeEvent event;
    absl::Time heard;
  };

  std::mutex mutex_;
  std::map<std::string, Stale> stale_;  // by node; guarded by mutex_
};

}  // namespace swarmbell
