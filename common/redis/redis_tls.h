#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/redis/redis_socket.h"

namespace swarmbell {

// TLS over a connected, non-blocking socket, which it borrows. Errors as RedisSocket's.
class RedisTls {
 public:
  // The peer's certificate must be signed by a CA of `ca_file` (the system's if empty) and name the host.
  static absl::StatusOr<std::unique_ptr<RedisTls>> Handshake(int fd, const std::string& host,
                                                             const std::string& ca_file, SteadyTime deadline);
  ~RedisTls();
  RedisTls(const RedisTls&) = delete;
  RedisTls& operator=(const RedisTls&) = delete;

  absl::Status Write(const std::string& bytes, SteadyTime deadline);
  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size, SteadyTime deadline);

 private:
  struct Session;
  explicit RedisTls(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace swarmbell
