#pragma once

#include <nlohmann/json_fwd.hpp>

#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// The fingerprint of a service's normalised TaskTemplate, or of a task's Spec.
TemplateFingerprint FingerprintTemplate(nlohmann::json task_template);

}  // namespace swarmbell
