#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/grpc/auth_token.h"
#include "common/watch/file_watch.h"

namespace swarmbell {

// Reads the token again when its file changes, as long as the returned object lives; an empty file leaves the
// old one. Null when `file` is empty.
std::unique_ptr<FileWatch> WatchTokenFile(AuthToken token, const std::string& file,
                                          absl::Duration every = kFileLookInterval);

}  // namespace swarmbell
