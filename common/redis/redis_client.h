#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/redis/redis_options.h"
#include "common/redis/redis_socket.h"

namespace swarmbell {

// Redis's reply to one command: a plain value.
struct RedisReply {
  enum class Type { kNil, kInteger, kText, kStatus, kError, kArray };

  Type type = Type::kNil;
  std::int64_t integer = 0;
  std::string text;  // of a text, a status or an error; any bytes
  std::vector<RedisReply> elements;

  bool IsNil() const { return type == Type::kNil; }
  bool IsText() const { return type == Type::kText; }
  bool IsInteger() const { return type == Type::kInteger; }
  bool IsArray() const { return type == Type::kArray; }
  bool IsError() const { return type == Type::kError; }
  bool IsStatus(const char* wanted) const { return type == Type::kStatus && text == wanted; }
};

// Turns received bytes into replies. Not thread-safe.
class RedisReplyReader {
 public:
  RedisReplyReader();
  ~RedisReplyReader();
  RedisReplyReader(const RedisReplyReader&) = delete;
  RedisReplyReader& operator=(const RedisReplyReader&) = delete;

  void Feed(const char* bytes, std::size_t size);

  // Reads the next reply; false when it is not complete yet. INVALID_ARGUMENT for bytes that are not Redis's
  // protocol, or more than 256 MiB in one reply: nothing after it can be read.
  absl::StatusOr<bool> Next(RedisReply& reply);

 private:
  void* reader_;
  std::size_t unread_ = 0;  // bytes fed since the last reply
};

// The meaning of an error reply, with advice. The error's text is shortened and made printable; nothing of
// the command is repeated.
//
// UNAUTHENTICATED (wrong or missing password), PERMISSION_DENIED (an ACL), RESOURCE_EXHAUSTED (out of
// memory), FAILED_PRECONDITION (a replica, a cluster, a server that refuses to write), UNAVAILABLE (it is
// starting), DATA_LOSS (one of our keys has another type), ABORTED (EXEC was discarded), otherwise INTERNAL.
absl::Status RedisErrorStatus(const std::string& error);

using RedisCommand = std::vector<std::string>;

// A connection to one Redis, opened on first use and reopened after it was lost. Works with Redis 5 and
// newer. Not thread-safe. It never retries by itself: callers wait with a Backoff.
//
// Errors: those of RedisErrorStatus(), and of RedisSocket when Redis cannot be reached or does not answer in
// time; it is then unknown whether the commands were executed. They name the Redis, never a password or a
// value.
class RedisClient {
 public:
  explicit RedisClient(RedisOptions options);
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  // Runs one command. An error reply is returned as an error.
  absl::StatusOr<RedisReply> Run(const RedisCommand& command);

  // Sends all commands at once, and returns one reply for each. An error reply is a value here.
  absl::StatusOr<std::vector<RedisReply>> Pipeline(const std::vector<RedisCommand>& commands);

  // All or nothing: MULTI, the commands, EXEC. ABORTED when a key watched on this connection has changed.
  // When a command fails while it runs, the others are executed nevertheless; returns the first error.
  absl::StatusOr<std::vector<RedisReply>> Transaction(const std::vector<RedisCommand>& commands);

  // The meaning of an error reply of a Pipeline().
  absl::Status Refusal(const RedisReply& error) const;

  // Closes the connection, which also ends its WATCHes.
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
