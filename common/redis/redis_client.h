#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/redis/redis_address.h"
#include "common/redis/redis_reply.h"
#include "common/redis/redis_socket.h"

namespace swarmbell {

using RedisCommand = std::vector<std::string>;

struct RedisOptions {
  RedisAddress address;
  std::string tls_ca_file;  // the system's CA certificates if empty
  // For connecting, and for each exchange of commands and answers.
  absl::Duration timeout = absl::Seconds(2);
};

// A connection to one Redis, made when it is needed and made again after it was lost. Needs nothing newer
// than Redis 5. One thread at a time; it never retries by itself: callers wait with a Backoff.
//
// Errors: those of RedisErrorStatus(), and of RedisSocket when Redis cannot be reached or does not answer in
// time; whether what was sent has been done is then unknown. They name the Redis, never a password or a
// value.
class RedisClient {
 public:
  explicit RedisClient(RedisOptions options);
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  // One command. An error that Redis answers is returned as an error.
  absl::StatusOr<RedisReply> Run(const RedisCommand& command);

  // All at once, one reply for each; an error that Redis answers to one of them is a value.
  absl::StatusOr<std::vector<RedisReply>> Pipeline(const std::vector<RedisCommand>& commands);

  // All or nothing: MULTI, the commands, EXEC. ABORTED when a key that was watched on this connection has
  // changed. When one fails as it runs, the others have been done nevertheless; the first error is returned.
  absl::StatusOr<std::vector<RedisReply>> Transaction(const std::vector<RedisCommand>& commands);

  // The meaning of an error that Redis answered in a Pipeline().
  absl::Status Refusal(const RedisReply& error) const;

  // Drops the connection, and with it what was watched.
  void Disconnect();

  const RedisOptions& options() const { return options_; }

 private:
  struct Connection;

  absl::Status Connect(SteadyTime deadline);
  absl::Status Greet(SteadyTime deadline);
  absl::StatusOr<std::vector<RedisReply>> Exchange(const std::vector<RedisCommand>& commands,
                                                   SteadyTime deadline);
  absl::StatusOr<RedisReply> ReadReply(SteadyTime deadline);
  SteadyTime Deadline() const;
  absl::Status Named(const absl::Status& status) const;
  absl::Status Failed(const absl::Status& status);

  const RedisOptions options_;
  std::unique_ptr<Connection> connection_;  // null while there is none
};

}  // namespace swarmbell
