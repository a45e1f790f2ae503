#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The progress of an update or rollback.
struct RunProgress {
  // When progress was last seen.
  absl::Time since;
  // For each state from `assigned` to `running`: the largest number of slots whose task had reached it.
  std::vector<std::uint32_t> reached;
  // True once it has been reported as stalled.
  bool stalled = false;
  // How often it has been reported as stalled.
  std::uint32_t stalls = 0;
};

// One run of a service's update or rollback, as far as it has been reported.
struct KnownRun {
  std::optional<absl::Time> started_at;
  v1::UpdateState state = v1::UPDATE_STATE_UNSPECIFIED;
  // The changed fields that started the run.
  std::vector<v1::FieldChange> fields;
  // Set while the run is in progress.
  std::optional<RunProgress> progress = std::nullopt;
  // Whose change started the run; unset if no label says so.
  std::optional<v1::ChangeOrigin> origin = std::nullopt;
  // True if it, or a run before it, was reported as paused or as rolled back by the engine, and no run has
  // completed since.
  bool failed = false;
};

// State of a service that the last reading of it does not contain.
struct KnownService {
  std::optional<KnownRun> run;
  // The last changes of the task template and endpoint, until a run claims them: the engine reports that an
  // update runs a few milliseconds after it shows the new spec.
  std::vector<v1::FieldChange> unclaimed;
  // Set for a service that appeared, until a task of it has run.
  bool first_start = false;
};

// State of a node that the last reading of it does not contain.
struct KnownNode {
  // The last state that was not `unknown`.
  v1::NodeState state = v1::NODE_STATE_UNSPECIFIED;
  // Since when it is down or disconnected; reported only after a hold time.
  std::optional<absl::Time> away_since;
  // The names of the services whose tasks it ran then.
  std::vector<std::string> carried_services;
  // Set for a node that was first seen at the baseline in the state `unknown`.
  bool state_before_baseline = false;
  // The last reachability that counted.
  v1::NodeReachability reachability = v1::NODE_REACHABILITY_UNSPECIFIED;
  // Since when it is unreachable; reported only after a hold time. Not worth storing.
  std::optional<absl::Time> unreachable_since;
  // Since when, and for how many readings, a node that was not reported yet has waited for its hostname.
  std::optional<absl::Time> held_since = std::nullopt;
  int held_readings = 0;
};

// A period in which a service runs fewer tasks than wanted.
struct KnownShortage {
  absl::Time since;
  // From the engine's own times, so that it is the same on every collector.
  std::string episode;
  bool reported = false;  // as degraded
  // Reported as tasks that find no node. Its end is then reported, too.
  bool unschedulable = false;
  // Since when it is held before it is reported as degraded; unset if it is not held.
  std::optional<absl::Time> held_since = std::nullopt;
  // The number of tasks that ran at the baseline, if it existed then. It is not reported unless it gets
  // worse.
  std::optional<std::uint32_t> running_at_baseline = std::nullopt;
};

// The last failed run of a job, until one succeeds.
struct KnownFailedJob {
  std::string run;
  std::optional<absl::Time> failed_at;
};

// A plain container in trouble.
struct KnownTrouble {
  // As the engine names it; `exited` for one that gave up, `unhealthy` for one whose health check fails.
  std::string state;
  absl::Time since;
  bool reported = false;
  std::optional<absl::Time> running_since = std::nullopt;
  // True if it existed at the baseline: it is not reported then.
  bool at_baseline = false;
  // Since when a container whose restart loop was reported is being removed.
  std::optional<absl::Time> removing_since = std::nullopt;
};

// The services that must be compared with their tasks: the service or a task has changed since the last
// comparison, or time alone may cause a change.
struct DueServices {
  bool all = true;
  std::set<std::string> ids;  // if not all; may contain unknown and removed services

  bool Any() const { return all || !ids.empty(); }
};

// Everything that Diff() remembers between two readings: a plain value, empty at the start. Assign an empty
// one to forget everything, so that the next reading is a new baseline. known_records.cc stores it.
struct Known {
  std::optional<Objects<Service>> services;
  std::optional<Objects<Node>> nodes;
  std::optional<Objects<Task>> tasks;
  std::optional<Objects<Container>> containers;
  std::optional<Objects<SharedObject>> secrets;
  std::optional<Objects<SharedObject>> configs;
  // Those of the whole swarm.
  std::optional<Objects<SharedObject>> networks;
  std::optional<SwarmSettings> settings;
  std::map<std::string, std::string> network_names;
  // The engine that gave the services.
  std::string server;

  std::map<std::string, KnownService> service_notes;
  std::map<std::string, KnownNode> node_notes;
  std::string leader_id;
  // Failed tasks that were already handled, with their state.
  std::map<std::string, v1::TaskState> failed_tasks;
  // Pairs of a service and a reason of the scheduler, without its numbers, that was reported since tasks of
  // the service have been waiting.
  std::set<std::pair<std::string, std::string>> unschedulable;
  // The services with a task that finds no node for a reason that was not reported yet: since when.
  std::map<std::string, absl::Time> held_unschedulable;
  std::map<std::string, KnownShortage> shortages;
  std::map<std::string, KnownFailedJob> failed_jobs;
  std::map<std::string, KnownTrouble> troubles;
  // Kept from one reading to the next because a reading may lack tasks. Not worth storing: a comparison that
  // is not needed finds nothing.
  DueServices due;
};

// How long states must last before they are reported.
struct HoldTimes {
  // A node must be down, or disconnected, for this long before it is reported.
  absl::Duration node_down_after = absl::Seconds(10);
  // A service must lack tasks for this long before it is reported as degraded.
  absl::Duration degraded_after = absl::Seconds(60);
  // An update without progress for this long is stalled.
  absl::Duration update_stalled_after = absl::Minutes(5);
  // As `degraded_after`, for a service of which no task has run yet: the first pull and start take longer.
  absl::Duration first_start_after = absl::Minutes(5);
  // A plain container must run, or be healthy, this long before its restart loop, or its failing health
  // check, is over.
  absl::Duration container_calm_after = absl::Seconds(60);
  // A container that is `removing` for longer than this is reported as dead. A normal removal takes less than
  // a second.
  absl::Duration container_dead_after = absl::Seconds(60);
};

// The hold times, and the origin that every event carries.
struct DiffContext : HoldTimes {
  v1::Cluster cluster;
  v1::Observer observer;
};

// Compares a fresh snapshot with `known`, returns every change, and updates `known`. The changes are in the
// order in which they are to be reported: nodes, services, tasks, containers; within an object, the cause
// before the consequence. Events have everything but `sequence`.
//
// Pure: no clock (the snapshot carries its time), no I/O. The same input gives the same events with the same
// identifiers, on every collector. Thread-safe for different `known`. Cannot fail.
//
// A kind that the snapshot lacks stays as it was known. The first list of a kind is its baseline and gives no
// event. Objects that are shared with the previous reading cost one comparison of pointers; a service whose
// spec differs has each spec parsed once.
std::vector<v1::ChangeEvent> Diff(Known& known, const Snapshot& fresh, const DiffContext& context);

// Returns the changes that a first reading proves to have happened, without an earlier reading to compare
// with: nodes and services by their creation time, the last change of a service's spec by its `PreviousSpec`,
// its last update by the update's own times, failed tasks by the time of the failure. Each is `recollected`
// and has its `occur_time`. Earlier changes of the same object, and changes that leave no trace (removals,
// nodes that were down), are not returned.
//
// Returns at most `kMostRecollected` changes of the last `kRecollectedSpan` before the reading, oldest first.
// An identifier equals that of a collector which saw the change, if the reading still contains its parts.
//
// Pure, as Diff().
std::vector<v1::ChangeEvent> Recollect(const Snapshot& first, const DiffContext& context);

// Continues from alarms that a subscriber has reported (KnownSwarm::open_alarms), after the first reading of
// a collector that did not know the swarm before: from then on Diff() does not report them again, and reports
// the end of each. Returns what is over already and leaves nothing to compare: objects that `fresh`, the
// reading that Diff() will compare next, lacks as well. Alarms about an object that only `fresh` has, or that
// it may have because it lacks the list, stay in `alarms` for the next reading; the others are removed from
// it. Alarms of other swarms, and about parts that `known` lacks, have no effect. `known` is of the swarm or
// of the containers.
//
// A subscriber may be anybody: an event has of an alarm only the identifier, the kind and a printable name of
// at most 200 bytes, and a time only within the last 30 days.
//
// Pure, as Diff().
std::vector<v1::ChangeEvent> AdoptAlarms(Known& known, std::vector<v1::ChangeEvent>& alarms,
                                         const Snapshot& fresh, const DiffContext& context);

inline constexpr std::size_t kMostRecollected = 1000;
inline constexpr absl::Duration kRecollectedSpan = absl::Hours(24);

}  // namespace swarmbell
