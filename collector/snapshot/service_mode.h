#pragma once

#include "collector/snapshot/json_fields.h"
#include "swarmbell/v1/service_changes.pb.h"

namespace swarmbell {

// The mode in a service's `Spec.Mode`; of an unspecified kind if it names no known mode. Errors: those of the
// fields.
v1::ServiceMode ReadServiceMode(const JsonFields& mode);

}  // namespace swarmbell
