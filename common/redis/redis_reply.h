#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

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
// memory), FAILED_PRECONDITION (a replica, a server that refuses to write), UNAVAILABLE (it is starting),
// DATA_LOSS (one of our keys has another type), ABORTED (EXEC was discarded, or keys move in a cluster),
// otherwise INTERNAL.
absl::Status RedisErrorStatus(const std::string& error);

}  // namespace swarmbell
