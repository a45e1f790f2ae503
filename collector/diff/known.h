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

namespace swarmbell {

// How far a run of an update has come.
struct RunProgress {
  // When it was last seen to come further.
  absl::Time since;
  // The most slots whose task was in a state, or further: for `assigned` first, for `running` last.
  std::vector<std::uint32_t> reached;
  // True once it has been reported as stalled.
  bool stalled = false;
  // How often it has been reported as stalled.
  std::uint32_t stalls = 0;
};

// One run of a service's update or rollback, as far as it has been told.
struct KnownRun {
  std::optional<absl::Time> started_at;
  v1::UpdateState state = v1::UPDATE_STATE_UNSPECIFIED;
  // The changed fields that started the run.
  std::vector<v1::FieldChange> fields;
  // Set while the run goes on.
  std::optional<RunProgress> progress = std::nullopt;
};

// State of a service that its last reading does not hold.
struct KnownService {
  std::optional<KnownRun> run;
  // The last changes of the task template and endpoint, until a run claims them: the engine says that an
  // update runs a few milliseconds after it shows the new spec.
  std::vector<v1::FieldChange> unclaimed;
  // Set for a service that appeared, until a task of it has run.
  bool first_start = false;
};

// State of a node that its last reading does not hold.
struct KnownNode {
  // The last state that was not `unknown`.
  v1::NodeState state = v1::NODE_STATE_UNSPECIFIED;
  // Since when it is down or disconnected; told only once that has lasted.
  std::optional<absl::Time> away_since;
  // The names of the services whose tasks it ran then.
  std::vector<std::string> carried_services;
  // Set for a node that was first seen at the baseline in the state `unknown`.
  bool state_before_baseline = false;
  // The last reachability that counted.
  v1::NodeReachability reachability = v1::NODE_REACHABILITY_UNSPECIFIED;
  // Since when it is unreachable; told only once that has lasted. Not worth storing.
  std::optional<absl::Time> unreachable_since;
  // Since when, and for how many readings, a node that has not been told yet has waited for its hostname.
  std::optional<absl::Time> held_since = std::nullopt;
  int held_readings = 0;
};

// A time in which a service runs fewer tasks than wanted.
struct KnownShortage {
  absl::Time since;
  // From the engine's own times, so that it is the same on every collector.
  std::string episode;
  bool told = false;  // as degraded
  // It has been told as tasks that find no node. Its end is told then too.
  bool unschedulable = false;
  // Since when it waits to be told as degraded; unset while nothing of it waits.
  std::optional<absl::Time> held_since = std::nullopt;
  // Set when it was there at the baseline: how many tasks ran then. It is not told unless it gets worse.
  std::optional<std::uint32_t> running_at_baseline = std::nullopt;
};

// The last run of a job that failed, until one ends well.
struct KnownFailedJob {
  std::string run;
  std::optional<absl::Time> failed_at;
};

// A plain container in trouble.
struct KnownTrouble {
  std::string state;  // as the engine names it
  absl::Time since;
  bool told = false;
  std::optional<absl::Time> running_since;
  // Set when it was there at the baseline: it is not told then.
  bool at_baseline = false;
};

// The services that are to be compared with their tasks: one of them is not as it was when that was last
// done, or time alone may bring news.
struct DueServices {
  bool all = true;
  std::set<std::string> ids;  // where it is not all; some may be unknown, or gone

  bool Any() const { return all || !ids.empty(); }
};

// Everything that Diff() remembers between two readings: a plain value, empty at the start. Assign an empty
// one to forget all and take a new baseline.
struct Known {
  std::optional<Objects<Service>> services;
  std::optional<Objects<Node>> nodes;
  std::optional<Objects<Task>> tasks;
  std::optional<Objects<Container>> containers;
  std::map<std::string, std::string> network_names;
  // The engine that gave the services.
  std::string server;

  std::map<std::string, KnownService> service_notes;
  std::map<std::string, KnownNode> node_notes;
  std::string leader_id;
  // Failed tasks that have been dealt with, with their state.
  std::map<std::string, v1::TaskState> failed_tasks;
  // Pairs of a service and a reason of the scheduler's, without its numbers, that has been told since tasks
  // of the service wait.
  std::set<std::pair<std::string, std::string>> unschedulable;
  // The services of which a task finds no node for a reason that has not been told: since when.
  std::map<std::string, absl::Time> held_unschedulable;
  std::map<std::string, KnownShortage> shortages;
  std::map<std::string, KnownFailedJob> failed_jobs;
  std::map<std::string, KnownTrouble> troubles;
  // Kept from one reading to the next because one may lack tasks. Not worth storing: to compare more than
  // needed tells nothing more.
  DueServices due;
};

}  // namespace swarmbell
