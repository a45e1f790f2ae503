#pragma once

#include <vector>

#include "notifier/alert/alert_group.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The output of failed tasks: whose output explains which message. Pure and thread-safe.

// The failed task that the change names, if it ran and may have printed why it failed: the one that stopped
// an update, failed a job, went into a crash loop last, or is missing. Otherwise null.
const v1::TaskSummary* TaskWithOutput(const v1::ChangeEvent& event);

// The alert whose task's output a red message shows: the newest red one that has such a task. Otherwise null.
const Alert* AlertWithOutput(const std::vector<Alert>& alerts);

// Adds what a collector answered to that alert. True if a card then shows more than before.
bool AddLastWords(const LastWords& words, std::vector<Alert>& alerts);

}  // namespace swarmbell
