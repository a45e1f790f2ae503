#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "collector/diff/known.h"
#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// How objects are shown in events. All values are as a person may see them: masked parts are hidden.

v1::ResourceRef ServiceResource(const Service& service);
v1::ResourceRef NodeResource(const Node& node, const Known& known);
// The labels and stack are those of the task's service, which may be null.
v1::ResourceRef TaskResource(const Task& task, const Service* service);
v1::ResourceRef ContainerResource(const Container& container);

v1::ServiceSummary SummarizeService(const Service& service, const Known& known);
// `tasks` are those of the time to tell about; null if not known.
v1::NodeSummary SummarizeNode(const Node& node, const Known& known, const Objects<Task>* tasks);
v1::TaskSummary SummarizeTask(const Task& task, const Known& known);

// Borrowed from Known.
using TaskList = std::vector<const Task*>;

// The task that was the last to fail, or to wait for a node with the scheduler's words; null if there is
// none. Tasks made before `since` do not count. The order is that of the tasks' versions, and `since` a time
// of the managers: the clocks of the nodes that ran the tasks may be wrong.
const Task* LastTrouble(const TaskList& tasks, std::optional<absl::Time> since);

// The service of that identifier, or null.
const Service* FindService(const Known& known, const std::string& id);

// Failed, or rejected by its node. See evictions.h for tasks that had to leave theirs.
bool HasFailed(const Task& task);
bool IsJob(const Service& service);
// True if the task has no node, and the scheduler says why.
bool IsUnschedulable(const Task& task);
// True if the swarm wants the task to run, now or as soon as it can.
bool IsWanted(const Task& task);

// How many tasks a service should have and has.
struct TaskCount {
  std::uint32_t wanted = 0;
  std::uint32_t running = 0;
};
TaskCount CountTasks(const Service& service, const TaskList& tasks, const Known& known);

}  // namespace swarmbell
