#pragma once

#include "absl/status/status.h"
#include "collector/options/collector_options.h"

namespace swarmbell {

// Asks the collector that runs with these options on this machine whether it is alive. That it cannot read
// the engine is no reason to replace it, so staleness does not count. With TLS, which may ask for a client
// certificate that this process lacks, the metrics' server is asked instead of the gRPC server.
absl::Status CheckOwnHealth(const CollectorOptions& options);

}  // namespace swarmbell
