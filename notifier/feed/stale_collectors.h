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
