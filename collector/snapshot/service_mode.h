#pragma once

#include "collector/snapshot/json_fields.h"
#include "swarmbell/v1/service_changes.pb.h"

namespace swarmbell {

// What a service's `Spec.Mode` says; of an unspecified kind when it names no mode that is known. Errors:
// those of the fields.
v1::ServiceMode ReadServiceMode(const JsonFields& mode);

}  // namespace swarmbell
