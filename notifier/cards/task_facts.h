#pragma once

#include <string>

#include "notifier/cards/story.h"
#include "swarmbell/v1/task_changes.pb.h"

namespace swarmbell::cards {

// ` on worker-02`; empty when the node is not known.
std::string OnNode(const v1::TaskSummary& task);

// `shop_api.2 on worker-02`
std::string TaskAndNode(const v1::TaskSummary& task);

// Which task it was, how it ended and what the engine says of it: the error as a quote into `lead`, the rest
// as facts into `tail`. `label` names the task: `Failed task`.
void AddTask(const v1::TaskSummary& task, const std::string& label, Story& story);

}  // namespace swarmbell::cards
