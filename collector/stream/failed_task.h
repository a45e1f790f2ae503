#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// The resource of the newest change in the log that names this task as one that failed; for a task its labels
// are those of its service. NOT_FOUND if there is none: then nobody may read the task's log.
absl::StatusOr<v1::ResourceRef> FindFailedTask(const ChangeLog& log, const std::string& task_id);

// True if a service's label says that the logs of its tasks are not for cards: `swarmbell.logs=false`.
bool OptsOutOfLogs(const v1::ResourceRef& resource);

}  // namespace swarmbell
