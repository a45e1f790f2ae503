#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// How events show objects, and basic questions about tasks. Shown values have masked parts hidden.

// The name of a node in every text: its hostname, followed by the beginning of its identifier if another node
// has the same hostname, as in `web1 (k3j2h1)`. Empty for a node without a hostname.
std::string NodeName(const Known& known, const Node& node);

// The same for the node with that identifier; empty if it is not known.
std::string NodeName(const Known& known, const std::string& node_id);

// The value at the path of names in a parsed spec; null where there is none.
const nlohmann::json& At(const nlohmann::json& value, std::initializer_list<const char*> path);

v1::ResourceRef ServiceResource(const Service& service);
v1::ResourceRef NodeResource(const Node& node, const Known& known);
// The labels and stack are those of the task's service, which may be null.
v1::ResourceRef TaskResource(const Task& task, const Service* service);
v1::ResourceRef ContainerResource(const Container& container);
v1::ResourceRef SharedResource(const SharedObject& object, v1::ResourceKind kind);
v1::ResourceRef SwarmResource(const v1::Cluster& cluster);

// `spec` is the service's parsed spec.
v1::ServiceSummary SummarizeService(const Service& service, const nlohmann::json& spec, const Known& known);
// `tasks` are those at the time of the change, if known.
v1::NodeSummary SummarizeNode(const Node& node, const Known& known,
                              const std::optional<Objects<Task>>& tasks);
v1::TaskSummary SummarizeTask(const Task& task, const Known& known);

// Borrowed from Known.
using TaskList = std::vector<const Task*>;

// Returns the last task that failed, or that waits for a node with a reason of the scheduler; null if there
// is none. Tasks created before `since` do not count. The order is that of the tasks' versions, and `since`
// is a time of the managers: the clocks of the nodes that ran the tasks may be wrong.
const Task* LastTrouble(const TaskList& tasks, std::optional<absl::Time> since);

// The service of that identifier, or null.
const Service* FindService(const Known& known, const std::string& id);

// True if the manager removed the task from its node because the node no longer meets its constraints, or no
// longer has the resources that it reserves. The engine reports such a task as rejected.
bool LostConstraints(const Task& task);
// True if the task failed, or its node rejected it.
bool HasFailed(const Task& task);
bool IsJob(const Service& service);
// True if the task has no node, and the scheduler gives a reason.
bool IsUnschedulable(const Task& task);
// True if the swarm wants the task to run, now or as soon as it can.
bool IsWanted(const Task& task);

}  // namespace swarmbell
