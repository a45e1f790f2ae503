#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/redis/redis_options.h"

namespace swarmbell {

using SteadyTime = std::chrono::steady_clock::time_point;

// A connection: TCP, a unix socket, or TLS over TCP, opened by libcurl. Resolving the name, trying its
// addresses one after another and the TLS handshake all end by the deadline; an address that does not answer
// leaves time for the next. Not thread-safe.
//
// Errors: UNAVAILABLE when the peer cannot be reached or has closed the connection; DEADLINE_EXCEEDED;
// UNAUTHENTICATED when the peer's TLS certificate cannot be verified. They say what was attempted and why it
// failed.
class RedisSocket {
 public:
  // Connects to `server`, or to the unix socket of `address`. `tls_ca_file` holds the trusted CA
  // certificates; the system's if empty.
  static absl::StatusOr<std::unique_ptr<RedisSocket>> Connect(const RedisAddress& address,
                                                              const RedisEndpoint& server,
                                                              const std::string& tls_ca_file,
                                                              SteadyTime deadline);
  ~RedisSocket();
  RedisSocket(const RedisSocket&) = delete;
  RedisSocket& operator=(const RedisSocket&) = delete;

  absl::Status Write(const std::string& bytes, SteadyTime deadline);

  // Reads at least one byte, at most `size`, and returns how many.
  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size, SteadyTime deadline);

  // True if the peer closed the idle connection, or sent bytes that were not requested.
  bool IsSpent() const;

 private:
  struct Handle;
  explicit RedisSocket(std::unique_ptr<Handle> handle);

  std::unique_ptr<Handle> handle_;
};

}  // namespace swarmbell
