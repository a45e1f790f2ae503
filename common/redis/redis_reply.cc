#include "common/redis/redis_reply.h"

#include <hiredis/hiredis.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{256} << 20;

redisReader* Cast(void* reader) { return static_cast<redisReader*>(reader); }

bool Convert(const redisReply& from, RedisReply& to) {
  using Type = RedisReply::Type;
  switch (from.type) {
    case REDIS_REPLY_NIL:
      to.type = Type::kNil;
      return true;
    case REDIS_REPLY_INTEGER:
      to.type = Type::kInteger;
      to.integer = from.integer;
      return true;
    case REDIS_REPLY_STRING:
      to.type = Type::kText;
      break;
    case REDIS_REPLY_STATUS:
      to.type = Type::kStatus;
      break;
    case REDIS_REPLY_ERROR:
      to.type = Type::kError;
      break;
    case REDIS_REPLY_ARRAY:
      to.type = Type::kArray;
      to.elements.resize(from.elements);
      for (std::size_t i = 0; i < from.elements; ++i) {
        if (from.element[i] == nullptr || !Convert(*from.element[i], to.elements[i])) return false;
      }
      return true;
    default:
      return false;  // of a protocol that was not asked for
  }
  to.text.assign(from.str, from.len);
  return true;
}

}  // namespace

RedisReplyReader::RedisReplyReader() : reader_(redisReaderCreate()) {}

RedisReplyReader::~RedisReplyReader() { redisReaderFree(Cast(reader_)); }

void RedisReplyReader::Feed(const char* bytes, std::size_t size) {
  unread_ += size;
  redisReaderFeed(Cast(reader_), bytes, size);
}

absl::StatusOr<bool> RedisReplyReader::Next(RedisReply& reply) {
  void* raw = nullptr;
  if (redisReaderGetReply(Cast(reader_), &raw) != REDIS_OK) {
    return absl::InvalidArgumentError(absl::StrCat("the answer is not Redis's protocol (",
                                                   Cast(reader_)->errstr,
                                                   "); check that redis.url points to a Redis"));
  }
  if (raw == nullptr) {
    if (unread_ > kMaxReplyBytes) return absl::InvalidArgumentError("one answer is larger than 256 MiB");
    return false;
  }
  unread_ = Cast(reader_)->len - Cast(reader_)->pos;
  const std::unique_ptr<void, decltype(&freeReplyObject)> owned(raw, &freeReplyObject);
  reply = RedisReply();
  if (!Convert(*static_cast<const redisReply*>(raw), reply)) {
    return absl::InvalidArgumentError("the answer has a type that was not asked for");
  }
  return true;
}

std::string FormatRedisCommand(const std::vector<std::string>& command) {
  std::string bytes = absl::StrCat("*", command.size(), "\r\n");
  for (const std::string& word : command) absl::StrAppend(&bytes, "$", word.size(), "\r\n", word, "\r\n");
  return bytes;
}

}  // namespace swarmbell
