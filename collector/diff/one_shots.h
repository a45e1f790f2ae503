#pragma once

#include <vector>

#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// Services whose tasks are meant to end, and those that somebody else starts again and again.

// True if the service runs its tasks once although the engine does not call it a job: restart condition
// `none`.
bool IsOneShot(const Service& service);

// True for jobs and one-shots: a task that fails is a failed run, not a crash.
bool RunsOnce(const Service& service);

// True if the task has ended well and no other task will replace it. False for a task that was meant to go on
// (it served others or ran for long), although the restart condition `on-failure` does not replace that
// either.
bool IsDone(const Service& service, const Task& task);

// True if swarm-cronjob starts the service: it sets replicas and forces an update each time.
bool IsScheduled(const Service& service);

// True if the change is how swarm-cronjob starts `now`: a forced update and nothing else. Without fields the
// subject of the change is not known.
bool IsScheduledRun(const Service& now, const std::vector<v1::FieldChange>& fields);

// The same of a change of the mode: from none to as many replicas as a run has, or back.
bool IsScheduledScale(const Service& before, const Service& now);

}  // namespace swarmbell
