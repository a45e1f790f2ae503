#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/grpc/channel_credentials.h"

namespace swarmbell {

// Asks a server by `grpc.health.v1.Health/Check` whether it serves; `service` empty means the whole server.
// OK when it serves; FAILED_PRECONDITION when it says that it does not; NOT_FOUND when it does not know the
// service; otherwise why it could not be asked within `timeout`. Errors name the target.
absl::Status CheckHealth(const std::string& target, const ChannelTls& tls, absl::Duration timeout,
                         const std::string& service = "");

// The address at which a server that listens on `listen` can be asked from its own machine: the same with a
// wildcard host replaced by the loopback address.
std::string LocalTarget(const std::string& listen);

}  // namespace swarmbell
