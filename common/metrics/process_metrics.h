#pragma once

#include <string>

namespace swarmbell {

// What this process tells about itself, in Prometheus's text format: swarmbell_build_info, and the usual
// process_* metrics as far as /proc says them (https://prometheus.io/docs/instrumenting/writing_clientlibs/).
// Thread-safe.
std::string RenderProcessMetrics();

}  // namespace swarmbell
