#pragma once

#include <nlohmann/json_fwd.hpp>

#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Of a normalised TaskTemplate or Spec of a task.
TemplateFingerprint FingerprintTemplate(nlohmann::json task_template);

}  // namespace swarmbell
