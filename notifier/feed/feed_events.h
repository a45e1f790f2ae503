#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// Changes that only the notifier can see: those of its own connection to a collector, and the end of an
// outage that a restarted collector no longer knows of.

// The origin of a feed, as its events show it.
struct FeedIdentity {
  std::string name;       // for people
  v1::Cluster cluster{};  // as far as known
};

// `position` distinguishes one gap from another.
v1::ChangeEvent MakeFeedGap(const FeedIdentity& feed, const std::string& position, const std::string& reason,
                            absl::Time now);

// Adds the pipeline's alarms that are open in the swarm: a collector that has lost its log continues from
// them. `state_of_pipeline` is a NotifierState; one that cannot be parsed has no alarms.
void AddOpenAlarms(const std::string& state_of_pipeline, v1::KnownSwarm& known);

// Decides when to report that a collector cannot be reached: once, after long enough, and once at the end. It
// measures steady time; the wall clock's is for people. Pure: times are passed in. Not thread-safe.
class Outage {
 public:
  // `report_after` 0 or infinite: reports nothing.
  explicit Outage(absl::Duration report_after) : report_after_(report_after) {}

  // The collector cannot be reached because of `error`; repeated calls keep the first time.
  void Start(const std::string& error, Instant now);

  // The collector is reached. Returns what to emit if the outage was reported.
  std::optional<v1::ChangeEvent> End(const FeedIdentity& feed, Instant now);

  // Returns what to emit if it is time.
  std::optional<v1::ChangeEvent> Check(const FeedIdentity& feed, Instant now);

  // When Check has something to emit; in the infinite future if never.
  MonotonicTime Deadline() const;

  bool reported() const { return reported_; }

 private:
  absl::Duration report_after_;
  std::optional<Instant> since_;  // unset when the collector is reached
  std::string error_;
  bool reported_ = false;
  bool reached_ = false;  // ever
  bool known_ = false;    // when it was reported; see FeedDisconnected.connected_before
};

// Knowledge of the feeds of one swarm, from any of its collectors: the time up to which its changes were
// received, and the gaps that were reported. Thread-safe.
class KnownSwarms {
 public:
  // A collector read the swarm at `time`, and has sent what it found.
  void Heard(const std::string& cluster_id, absl::Time time);

  // Changes that occurred before this have been sent, allowing for machines whose clocks differ a little.
  // Unset for a swarm that was never heard of.
  std::optional<absl::Time> Until(const std::string& cluster_id) const;

  // True if the changes lost between `since` and `now` must be reported as lost; they then count as reported.
  // False if another feed's gap has reported them meanwhile, and the swarm was `followed` from then on: if
  // every collector has lost the same, one alert says so. Always true for a swarm without an ID.
  bool ClaimGap(const std::string& cluster_id, absl::Time since, absl::Time now,
                absl::FunctionRef<bool(absl::Time since)> followed);

 private:
  mutable Mutex mutex_;
  std::map<std::string, absl::Time> until_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, absl::Time> gap_reported_ ABSL_GUARDED_BY(mutex_);
};

// The collectors that reported that they cannot read the swarm, and have not recovered yet: a collector that
// is restarted meanwhile never reports its recovery. Bounded. Thread-safe.
class StaleCollectors {
 public:
  // A collector sent `event`; only those about the collector itself matter.
  void Heard(const v1::ChangeEvent& event);

  // The same for the reports of the process before, which are among the open alarms of its NotifierState.
  void Restore(const std::string& state_of_pipeline);

  // A collector sent `progress`. Returns the recovery to emit when this is the second report since it was
  // stale that it has read the swarm, and no recovery came: a collector that was not restarted has sent it by
  // then.
  std::optional<v1::ChangeEvent> Heard(const v1::Progress& progress, absl::Time now);

 private:
  struct Stale {
    v1::ChangeEvent event;
    bool read_since = false;  // as the progress before said
  };

  Mutex mutex_;
  std::map<std::string, Stale> stale_ ABSL_GUARDED_BY(mutex_);  // by node
};

// The shared knowledge of the feeds of one set: a collector may return at another address, and several
// collectors watch one swarm. Thread-safe.
struct SharedKnowledge {
  KnownSwarms swarms;
  StaleCollectors stale_collectors;
  // True if some feed has followed this swarm without a break since that time, so that a gap of another one
  // has lost nothing. May be null: nothing is covered. Must not wait. Set before the first feed is made.
  std::function<bool(const std::string& cluster_id, absl::Time since)> covered{};
};

}  // namespace swarmbell
