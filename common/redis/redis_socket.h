#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/redis/redis_address.h"

namespace swarmbell {

using SteadyTime = std::chrono::steady_clock::time_point;

// A connection: TCP, a unix socket, or TLS over TCP. libcurl makes it: the look-up of the name, one attempt
// after the other where a name has several addresses, and the TLS handshake all end by the deadline, and an
// address that does not answer leaves time for the next. One thread at a time.
//
// Errors: UNAVAILABLE when the peer cannot be reached or is gone, DEADLINE_EXCEEDED, and for TLS
// UNAUTHENTICATED when the peer's certificate does not verify. Each says what was tried and why it failed.
class RedisSocket {
 public:
  // `tls_ca_file` holds the CA certificates to trust; the system's if empty.
  static absl::StatusOr<std::unique_ptr<RedisSocket>> Connect(const RedisAddress& address,
                                                              const std::string& tls_ca_file,
                                                              SteadyTime deadline);
  ~RedisSocket();
  RedisSocket(const RedisSocket&) = delete;
  RedisSocket& operator=(const RedisSocket&) = delete;

  absl::Status Write(const std::string& bytes, SteadyTime deadline);

  // At least one byte.
  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size, SteadyTime deadline);

  // True if the peer has closed the connection, or has sent something unasked, while it was idle.
  bool IsSpent() const;

 private:
  struct Handle;
  explicit RedisSocket(std::unique_ptr<Handle> handle);

  std::unique_ptr<Handle> handle_;
};

}  // namespace swarmbell
