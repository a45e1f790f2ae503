#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/redis/redis_options.h"
#include "common/redis/redis_reply.h"
#include "common/redis/redis_socket.h"

namespace swarmbell {

using RedisCommand = std::vector<std::string>;

// One connection to one server: Redis, or a sentinel. Not thread-safe. After an error of Exchange() nothing
// more can be read from it.
//
// Errors: those of RedisSocket and RedisErrorStatus().
class RedisSession {
 public:
  // Connects to Redis, authenticates, and selects the database.
  static absl::StatusOr<std::unique_ptr<RedisSession>> Open(const RedisOptions& options,
                                                            const RedisEndpoint& server, SteadyTime deadline);

  // Asks a sentinel for the address of the master that `options` names. A sentinel that wants a password
  // gets Redis's. FAILED_PRECONDITION if it knows no such master.
  static absl::StatusOr<RedisEndpoint> AskForMaster(const RedisOptions& options,
                                                    const RedisEndpoint& sentinel, SteadyTime deadline);

  // Sends all commands at once, and returns one reply for each. An error reply is a value here.
  absl::StatusOr<std::vector<RedisReply>> Exchange(const std::vector<RedisCommand>& commands,
                                                   SteadyTime deadline);

  // OK if this server is a master; UNAVAILABLE if it is a replica, for example during a failover.
  absl::Status CheckIsMaster(SteadyTime deadline);

  // True if the peer closed the idle connection.
  bool IsSpent() const { return socket_->IsSpent(); }

 private:
  explicit RedisSession(std::unique_ptr<RedisSocket> socket) : socket_(std::move(socket)) {}
  static absl::StatusOr<std::unique_ptr<RedisSession>> Connect(const RedisOptions& options,
                                                               const RedisEndpoint& server,
                                                               SteadyTime deadline);

  absl::Status RunAll(const std::vector<RedisCommand>& commands, SteadyTime deadline);
  absl::StatusOr<RedisReply> ReadReply(SteadyTime deadline);

  std::unique_ptr<RedisSocket> socket_;
  RedisReplyReader replies_;
};

}  // namespace swarmbell
