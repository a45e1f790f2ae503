#pragma once

#include <vector>

#include "absl/time/time.h"
#include "collector/diff/known.h"
#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// How long states must last before they are emitted.
struct HoldTimes {
  // A node must be down, or disconnected, for this long before that is told.
  absl::Duration node_down_after = absl::Seconds(10);
  // A service must lack tasks for this long before it is told as degraded.
  absl::Duration degraded_after = absl::Seconds(60);
  // An update of which no task has moved on for this long is stalled.
  absl::Duration update_stalled_after = absl::Minutes(5);
  // The same for a service of which no task has run yet: the first pull and start take longer.
  absl::Duration first_start_after = absl::Minutes(5);
  // A plain container must run this long before its restart loop is over.
  absl::Duration container_calm_after = absl::Seconds(60);
  // `removing` for longer than this is told as dead; see snapshot.h and the engine's own behaviour: a normal
  // removal takes less than a second.
  absl::Duration container_dead_after = absl::Seconds(60);
};

// The hold times, and the origin that every event carries.
struct DiffContext : HoldTimes {
  v1::Cluster cluster;
  v1::Observer observer;
};

// Compares a fresh snapshot with what was known and returns every change, in the order to tell them:
// nodes, services, tasks, containers; within an object what caused before what followed. Updates `known`.
//
// Pure: no clock (the snapshot carries its time), no I/O; the same input gives the same events with the same
// identifiers, on every collector. Events have everything but `sequence`.
//
// A kind that the snapshot lacks is left as it was known. The first listing of a kind is its baseline and
// gives no event.
std::vector<v1::ChangeEvent> Diff(Known& known, const Snapshot& fresh, const DiffContext& context);

}  // namespace swarmbell
