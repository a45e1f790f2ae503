#pragma once

#include "collector/diff/comparison.h"
#include "collector/diff/parsed_specs.h"

namespace swarmbell {

// Emits the steps of the service's update or rollback since the last reading. `before` is null for a service
// that has just appeared.
void CompareRun(Comparison& comparison, const Service* before, const Service& now, ParsedSpecs& specs);

// Remembers the present run as known, without a change.
void RememberRun(Comparison& comparison, const Service& service, ParsedSpecs& specs);

}  // namespace swarmbell
