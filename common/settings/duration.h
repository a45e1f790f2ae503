#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace swarmbell {

// Reads `10s`, `250ms`, `1m30s`, `4h`, `1.5h` or `0`. Nothing for anything else, and for what is negative,
// endless or longer than ten years.
std::optional<absl::Duration> ParseDuration(const std::string& text);

}  // namespace swarmbell
