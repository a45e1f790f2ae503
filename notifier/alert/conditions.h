#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Conditions that last: a node is down, a service is degraded, an update runs. One change begins a condition
// and a later one ends it. All functions are pure and thread-safe.

// The key of the condition that the change begins, for example `swarm1/2/abc loop`; empty if it begins none.
// Later changes of one condition, such as the pause of an update, have the same key.
std::string ConditionBegunBy(const v1::ChangeEvent& event);

// The keys of the conditions that the change ends, whether they were or not; none for other changes. A
// removal ends all conditions of its object.
std::vector<std::string> ConditionsEndedBy(const v1::ChangeEvent& event);

// For a change that ends a condition and is about nothing else, such as a recovery: the time when the
// condition began, InfinitePast if it does not say. Unset for a removal and any other change.
std::optional<absl::Time> BeginOfEnded(const v1::ChangeEvent& event);

}  // namespace swarmbell
