#pragma once

#include <string>

#include "notifier/cards/story.h"
#include "swarmbell/v1/service_changes.pb.h"
#include "swarmbell/v1/task_changes.pb.h"

namespace swarmbell::cards {

// Facts about tasks that several kinds of cards show.

// The node's name, or the start of its identifier; empty when the node is not known.
std::string NodeOf(const v1::TaskSummary& task);

// ` on worker-02`; empty when the node is not known.
std::string OnNode(const v1::TaskSummary& task);

// `shop_api.2 on worker-02`
std::string TaskAndNode(const v1::TaskSummary& task);

// How it ended: `137 (killed)`; empty when it did not exit.
std::string ExitCodeOf(const v1::TaskSummary& task);

// `2 in state new, 1 in state starting`; empty for none.
std::string StateCounts(const google::protobuf::RepeatedPtrField<v1::TaskStateCount>& counts);

// Which task it was, how it ended and what the engine says of it: the error as a quote into `lead`, the rest
// as facts into `tail`. `label` names the task: `Failed task`. One that has not ended is the `Waiting task`.
void AddTask(const v1::TaskSummary& task, const std::string& label, Story& story);

// Several evicted tasks of one service as one story.
Story TellEvictions(const std::vector<const v1::TaskEvicted*>& changes);

}  // namespace swarmbell::cards
