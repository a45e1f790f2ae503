#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace swarmbell {

// The whole file. Errors say why in a few words and never name the file, whose name may not be meant to be
// shown: NOT_FOUND and the like from the system, RESOURCE_EXHAUSTED when it is longer than `max_bytes`,
// DEADLINE_EXCEEDED when it is a pipe to which nobody writes for 5 s, be it that nobody has opened it to
// write.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t max_bytes);

}  // namespace swarmbell
