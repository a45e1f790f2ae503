#pragma once

#include <string>

namespace swarmbell {

// The metrics of this process in Prometheus's text format: swarmbell_build_info, and the usual process_*
// metrics as far as /proc has them (https://prometheus.io/docs/instrumenting/writing_clientlibs/).
// Thread-safe.
std::string RenderProcessMetrics();

}  // namespace swarmbell
