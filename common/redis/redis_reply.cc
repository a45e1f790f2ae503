#include "common/redis/redis_reply.h"

#include <hiredis/hiredis.h>

#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{256} << 20;

// A list longer than this is not one of ours: hiredis reserves room for what the peer announces.
constexpr std::size_t kMaxElements = std::size_t{4} << 20;

// A line longer than this is not Redis's: hiredis looks for its end from the beginning with each piece.
constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;

redisReader* Cast(void* reader) { return static_cast<redisReader*>(reader); }

// Makes lists as `Original` does, but none that is too long. `Count` is another type in each hiredis.
template <typename Count>
struct BoundedLists {
  using Create = void* (*)(const redisReadTask*, Count);
  static inline Create original = nullptr;
  static void* Make(const redisReadTask* task, Count count) {
    return static_cast<std::size_t>(count) > kMaxElements ? nullptr : original(task, count);
  }
};

template <typename Count>
void BoundLists(void* (*&create)(const redisReadTask*, Count)) {
  BoundedLists<Count>::original = create;
  create = &BoundedLists<Count>::Make;
}

redisReplyObjectFunctions* BoundedFunctions(const redisReader& reader) {
  static auto* const functions = [&reader] {
    auto* bounded = new redisReplyObjectFunctions(*reader.fn);
    BoundLists(bounded->createArray);
    return bounded;
  }();
  return functions;
}

// True if the unread part begins with a line that is too long. (The rest of a text begins with the line that
// gives its length.)
bool HasEndlessLine(const redisReader& reader) {
  const std::size_t left = reader.len - reader.pos;
  return left > kMaxLineBytes && std::memchr(reader.buf + reader.pos, '\n', kMaxLineBytes) == nullptr;
}

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

RedisReplyReader::RedisReplyReader() : reader_(redisReaderCreate()) {
  Cast(reader_)->fn = BoundedFunctions(*Cast(reader_));
}

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
    if (HasEndlessLine(*Cast(reader_))) {
      return absl::InvalidArgumentError("one line of the answer is longer than 64 KiB");
    }
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
