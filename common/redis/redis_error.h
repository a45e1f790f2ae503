#pragma once

#include <string>

#include "absl/status/status.h"

namespace swarmbell {

// The meaning of an error that Redis answered, with what to do about it. `Redis's own words` are shortened
// and made printable; nothing of a command is repeated.
//
// UNAUTHENTICATED (wrong or missing password), PERMISSION_DENIED (its ACL), RESOURCE_EXHAUSTED (memory is
// full), FAILED_PRECONDITION (a replica, a cluster, a server that refuses to write), UNAVAILABLE (it is
// starting), DATA_LOSS (a key of ours has another type), ABORTED (EXEC was discarded), else INTERNAL.
absl::Status RedisErrorStatus(const std::string& error);

// Text from outside for a log line: at most 200 printable bytes.
std::string PrintableWords(const std::string& text);

}  // namespace swarmbell
