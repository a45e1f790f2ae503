#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/redis/redis_address.h"

namespace swarmbell {

class RedisTls;

using SteadyTime = std::chrono::steady_clock::time_point;

// A connection: TCP, a unix socket, or TLS over TCP. Every call ends by its deadline; only the resolver may
// take longer to find the host's address, as long as the system lets it. One thread at a time.
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

  // Whether the peer has closed it, or said something that nobody asked for, while it was idle.
  bool IsSpent() const;

 private:
  explicit RedisSocket(int fd);

  int fd_;
  std::unique_ptr<RedisTls> tls_;  // null without TLS
};

// Waits until the socket can be read or written; false after the deadline.
bool WaitForSocket(int fd, short events, SteadyTime deadline);

}  // namespace swarmbell
