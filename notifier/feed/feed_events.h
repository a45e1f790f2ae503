#pragma once

#include <string>

#include "absl/time/time.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Changes that only the notifier sees: those of its own way to a collector, and what a collector that was
// started anew no longer knows.

// Where a feed comes from, as its events show it.
struct FeedIdentity {
  std::string name;       // for people
  v1::Cluster cluster{};  // as far as known
};

// `position` tells one gap from another; `known_before`: see FeedDisconnected.connected_before.
v1::ChangeEvent MakeFeedGap(const FeedIdentity& feed, const std::string& position, const std::string& reason,
                            absl::Time now);
v1::ChangeEvent MakeFeedDisconnected(const FeedIdentity& feed, const std::string& error, absl::Time since,
                                     bool known_before, absl::Time now);
v1::ChangeEvent MakeFeedConnected(const FeedIdentity& feed, absl::Time since, bool known_before,
                                  absl::Time now);

// The collector that told `stale` was started anew, and reads the swarm.
v1::ChangeEvent MakeCollectorRestarted(const v1::ChangeEvent& stale, absl::Time now);

}  // namespace swarmbell
