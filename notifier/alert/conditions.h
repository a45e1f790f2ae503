#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Conditions that last: a node is down, a service is degraded, an update runs. One change begins a condition
// and a later one ends it. A condition has a key, `swarm/object/topic`; an object is in at most one condition
// of a topic. The one table of them serves silences, open alarms and stories. All functions are pure and
// thread-safe.

// The keys of the conditions that the change begins: one at most, but for `services_failing` one for each
// service that it names. Later changes of one condition, such as the pause of an update, have the same key.
std::vector<std::string> ConditionsBegunBy(const v1::ChangeEvent& event);

// The keys of the conditions that are over with the change, whether they were or not. A removal ends all
// conditions of its object.
std::vector<std::string> ConditionsEndedBy(const v1::ChangeEvent& event);

// True if `earlier` begins a condition, and `later` ends it or takes its place: a container that dies
// restarts no longer, and a node that is drained is paused no longer. Quick if it does not.
bool Ends(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier);

// True if the change begins a condition that is a trouble: somebody must act, or hope. False for a node that
// is drained and for an update that goes on.
bool IsAlarm(const v1::ChangeEvent& event);

// True if the change only ends a condition, so that it means nothing without one. False for a step of an
// update, which is news of its own.
bool IsOnlyEnd(const v1::ChangeEvent& event);

// True if conditions end with the change although it does not say so: their object is removed, or is no
// manager any longer.
bool EndsSilently(const v1::ChangeEvent& event);

// For a change that ends a condition and is about nothing else, such as a recovery: the time when the
// condition began, InfinitePast if it does not say. Unset for a removal and any other change.
std::optional<absl::Time> BeginOfEnded(const v1::ChangeEvent& event);

// The end of `feed_disconnected`. `gone`: the collector is not reached, but is not followed any longer.
v1::ChangeEvent EndOfFeedAlarm(const v1::ChangeEvent& disconnected, bool gone, absl::Time now);

}  // namespace swarmbell
