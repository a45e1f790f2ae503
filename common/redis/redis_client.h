#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/redis/redis_options.h"
#include "common/redis/redis_reply.h"
#include "common/redis/redis_session.h"

namespace swarmbell {

// A connection to Redis, opened on first use and reopened after it was lost: to one server, to the master
// that the sentinels name, or to the node of a Redis Cluster that has the keys. All keys of one client must
// be in one slot of a cluster. Works with Redis 5 and newer. Not thread-safe. It never retries by itself,
// except at another node of a cluster: callers wait with a Backoff.
//
// Errors: those of RedisErrorStatus(), and of RedisSocket when Redis cannot be reached or does not answer in
// time; it is then unknown whether the commands were executed. They name the Redis, never a password or a
// value.
class RedisClient {
 public:
  explicit RedisClient(RedisOptions options);

  // Runs one command. An error reply is returned as an error.
  absl::StatusOr<RedisReply> Run(const RedisCommand& command);

  // Sends all commands at once, and returns one reply for each. An error reply is a value here. If a node of
  // a cluster redirects one of them, all are sent again to the other node; but ABORTED, and nothing was
  // executed, if a WATCH of an earlier exchange is lost by that.
  absl::StatusOr<std::vector<RedisReply>> Pipeline(const std::vector<RedisCommand>& commands);

  // All or nothing: MULTI, the commands, EXEC. ABORTED when a key watched on this connection has changed.
  // When a command fails while it runs, the others are executed nevertheless; returns the first error.
  // With sentinels it also waits, at most half the timeout, until a replica has the result.
  absl::StatusOr<std::vector<RedisReply>> Transaction(const std::vector<RedisCommand>& commands);

  // False if the last transaction was executed, but no replica confirmed that in time.
  bool IsConfirmed() const { return confirmed_; }

  // True without a connection that works: the server may have been restarted, or another may have taken over.
  bool IsLost() const { return !session_ || session_->IsSpent(); }

  // The meaning of an error reply of a Pipeline().
  absl::Status Refusal(const RedisReply& error) const;

  // Closes the connection, which also ends its WATCHes.
  void Disconnect();

  const RedisOptions& options() const { return options_; }

 private:
  struct Redirection {
    RedisEndpoint node;
    bool asking = false;  // only for now: the keys are being moved to it
  };

  absl::Status Connect(SteadyTime deadline);
  absl::Status Open(const RedisEndpoint& server, SteadyTime deadline);
  absl::StatusOr<std::vector<RedisReply>> Exchange(const std::vector<RedisCommand>& commands,
                                                   SteadyTime deadline);
  std::optional<Redirection> FindRedirection(const std::vector<RedisReply>& replies) const;
  absl::Status Named(const absl::Status& status) const;
  absl::Status Failed(const absl::Status& status);

  const RedisOptions options_;
  std::vector<RedisEndpoint> servers_;      // the one that answered last is first
  std::optional<Redirection> redirection_;  // the node of a cluster to connect to first
  absl::Status redirection_failure_;        // why the last such node could not be connected to
  std::unique_ptr<RedisSession> session_;   // null while there is none
  RedisEndpoint node_;                      // of the session; with sentinels one of these
  bool asking_ = false;                     // the session's node is asked for keys that move to it
  bool watching_ = false;                   // keys are watched on the session
  bool confirmed_ = true;
};

}  // namespace swarmbell
