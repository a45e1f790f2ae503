#pragma once

#include <string>
#include <string_view>

#include "swarmbell/v1/task_changes.pb.h"

namespace swarmbell {

// Whether the error of a task says why it failed. That a container has ended with some exit code does not:
// two services that end with code 1 have no error in common.
bool SaysWhy(std::string_view error);

// The error of a task without what differs from task to task: identifiers, numbers, the task's own name and
// its node's. Two tasks with equal ones fail for the same reason. Linear in the text, of which only the
// first 2,000 bytes count. Pure.
std::string NormalError(const v1::TaskSummary& task);

}  // namespace swarmbell
