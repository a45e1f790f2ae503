#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace swarmbell {

// Redis's answer to one command: a plain value.
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

// Puts bytes together to replies. One thread at a time.
class RedisReplyReader {
 public:
  RedisReplyReader();
  ~RedisReplyReader();
  RedisReplyReader(const RedisReplyReader&) = delete;
  RedisReplyReader& operator=(const RedisReplyReader&) = delete;

  void Feed(const char* bytes, std::size_t size);

  // Takes the next reply; false when it is not complete yet. INVALID_ARGUMENT for what no Redis says, or for
  // more than 256 MiB in one reply: nothing after it can be read.
  absl::StatusOr<bool> Next(RedisReply& reply);

 private:
  void* reader_;
  std::size_t unread_ = 0;  // bytes fed since the last reply
};

// The command in Redis's protocol.
std::string FormatRedisCommand(const std::vector<std::string>& command);

}  // namespace swarmbell
