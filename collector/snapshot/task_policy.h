#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "collector/snapshot/json_fields.h"

namespace swarmbell {

enum class RestartCondition { kAny, kOnFailure, kNone };

// The parts of a service's task template that say when a task that does not run is missing.
struct TaskPolicy {
  // When the engine replaces a task that has ended.
  RestartCondition restart = RestartCondition::kAny;
  std::uint64_t max_attempts = 0;  // replacements for each slot; 0 for no limit
  // True if a health check is configured here, not only in the image.
  bool health_check = false;
  // For how long a task may be `starting` before its health check has had all its chances.
  absl::Duration start_grace;
};

// Reads a `TaskTemplate`. Missing fields have the engine's defaults; the image's own health check is not
// known here and is taken as a default. Errors: those of the fields.
TaskPolicy ReadTaskPolicy(const JsonFields& task_template);

}  // namespace swarmbell
