#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/settings/secret.h"

namespace swarmbell {

// Where a Redis is and who asks.
struct RedisAddress {
  bool tls = false;
  std::string host;  // without the brackets of IPv6; empty for a unix socket
  int port = 6379;
  std::string socket_path;
  std::string user;  // empty for Redis's `default`
  SecretString password;
  int database = 0;

  // For logs and errors: `redis://cache:6379/2`; never a user or a password.
  std::string Shown() const;
};

// Reads `redis://[[user]:password@]host[:port][/database]`, `rediss://…` for TLS, or
// `redis+unix://[[user]:password@]/path/to/socket[?db=N]`, also written `unix://`. User and password may be
// percent-encoded. INVALID_ARGUMENT says what is wrong, never with any part of the user or password.
absl::StatusOr<RedisAddress> ParseRedisUrl(const SecretString& url);

}  // namespace swarmbell
