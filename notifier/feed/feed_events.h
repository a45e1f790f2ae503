#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/change_feed.pb.h"

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
