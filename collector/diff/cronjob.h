#pragma once

#include <vector>

#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// Services that swarm-cronjob starts, https://github.com/crazy-max/swarm-cronjob: at each time it sets
// replicas and forces an update. Nobody changed such a service, so its runs are not reported; their failures
// are.

// True if the service has the label swarm.cronjob.enable=true.
bool IsCronjob(const Service& service);

// True if the fields are a run of such a service: a forced update and nothing else. Also true without fields:
// then the subject of the change is not known.
bool IsCronjobRun(const Service& now, const std::vector<v1::FieldChange>& fields);

// The same for a change of the mode: from no replicas to those of a run, or back.
bool IsCronjobScale(const Service& before, const Service& now);

}  // namespace swarmbell
