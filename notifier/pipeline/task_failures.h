#pragma once

#include <string>

#include "absl/time/time.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// What the stages that count failures agree on. All pure.

// Whether the change is a failure of a service's task: failed or rejected, without having been told to stop.
bool IsFailure(const v1::ChangeEvent& event);

// Such a failure, by the node that refused the task before it ran.
bool IsRejection(const v1::ChangeEvent& event);

// Whether an update or rollback ended, or turned back, because its tasks fail: its card tells of the failure.
bool FailsRun(const v1::ChangeEvent& event);

// Whether the failures of the service count no longer: it was removed, or is a job that is told as failed.
bool EndsFailures(const v1::ChangeEvent& event);

// The place that the task fills, and its replacement after it: the slot, at a global service the node.
std::string SlotOf(const v1::TaskSummary& task);

// When the failure was seen, or when it happened if it was only found out afterwards.
absl::Time SeenAt(const v1::ChangeEvent& event, absl::Time now);

// The service of a task's or a service's change, as a key: by cluster and identifier.
std::string ServiceKey(const v1::Cluster& cluster, const std::string& service_id);
std::string ServiceKey(const v1::ChangeEvent& event);

// An event about the service of a task, seen where the task's was.
v1::ChangeEvent ServiceEvent(const v1::ChangeEvent& task_event, const std::string& id, absl::Time now);

}  // namespace swarmbell
