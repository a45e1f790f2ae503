#pragma once

#include <vector>

#include "collector/diff/diff.h"
#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The changes that a first reading proves to have happened, and when, though nobody compared: nodes and
// services by when they were made, the last change of a service's spec by its `PreviousSpec`, its last update
// by the update's own times, failed tasks by when they failed. Each is `recollected` and has its
// `occur_time`. Earlier changes of the same object, and what leaves no trace (removals, nodes that were
// down), are not among them: nothing is claimed.
//
// At most `kMostRecollected` of the last `kRecollectedSpan` before the reading, oldest first. Identifiers are
// those that a collector which saw the change gives it, wherever the reading still tells what they are made
// of.
//
// Pure, as Diff(). The rules for the engine's times are those of Diff() and its parts.
std::vector<v1::ChangeEvent> Recollect(const Snapshot& first, const DiffContext& context);

inline constexpr std::size_t kMostRecollected = 1000;
inline constexpr absl::Duration kRecollectedSpan = absl::Hours(24);

}  // namespace swarmbell
