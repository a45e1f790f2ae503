#pragma once

#include "collector/diff/comparison.h"

namespace swarmbell {

// True if the manager took the task from its node because that no longer meets its constraints, or no longer
// has the resources that it reserves. The engine says that such a task was rejected.
bool LostConstraints(const Task& task);

// Why a task that failed, was rejected or is orphaned had to leave its node without a fault of its own;
// unspecified if it did not have to.
v1::EvictionReason WhyEvicted(const Comparison& comparison, const Task& task);

}  // namespace swarmbell
