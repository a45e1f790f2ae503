#pragma once

#include <vector>

#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// Services whose tasks are meant to end, and those that somebody else starts again and again.

// Whether the service runs its tasks once although the engine does not call it a job: restart condition
// `none`.
bool IsOneShot(const Service& service);

// Whether the service is a job or a one-shot: a task that fails is a failed run, not a crash.
bool RunsOnce(const Service& service);

// Whether the task has ended well and nobody expects another in its place. Not the end of a task that was
// meant to go on, as one that serves others or has run for long, which the restart condition `on-failure`
// does not replace either.
bool IsDone(const Service& service, const Task& task);

// Whether swarm-cronjob starts the service: it sets replicas and forces an update each time.
bool IsScheduled(const Service& service);

// Whether a change of what runs is how swarm-cronjob starts `now`: nothing but a forced update. Without
// fields it is not known what the change is about.
bool IsScheduledRun(const Service& now, const std::vector<v1::FieldChange>& fields);

// The same of a change of the mode: from none to as many replicas as a run has, or back.
bool IsScheduledScale(const Service& before, const Service& now);

}  // namespace swarmbell
