#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/time/clock.h"
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

// Decides when being cut off from a collector is worth telling: once, when it has lasted long enough, and
// once when it is over. It is measured in steady time; the wall clock's is for people. Pure: times are passed
// in. Not thread-safe.
class Outage {
 public:
  // `tell_after` 0 or infinite: never tell.
  explicit Outage(absl::Duration tell_after) : tell_after_(tell_after) {}

  // The collector is out of reach because of `error`; repeated calls keep the first time.
  void Begin(const std::string& error, Instant now);

  // The collector is in reach. Returns what to tell if the outage had been told.
  std::optional<v1::ChangeEvent> End(const FeedIdentity& feed, Instant now);

  // Returns what to tell if it is time.
  std::optional<v1::ChangeEvent> Check(const FeedIdentity& feed, Instant now);

  // When Check has something to tell; in the infinite future if never.
  MonotonicTime Deadline() const;

  bool told() const { return told_; }

 private:
  absl::Duration tell_after_;
  std::optional<Instant> since_;  // unset when the collector is in reach
  std::string error_;
  bool told_ = false;
  bool reached_ = false;  // ever
  bool known_ = false;    // when it was told
};

}  // namespace swarmbell
