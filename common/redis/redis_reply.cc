#include "common/redis/redis_reply.h"

#include <hiredis/hiredis.h>

#include <cstring>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{256} << 20;

// Longest list that is read: hiredis allocates memory for as many elements as the peer announces.
constexpr std::size_t kMaxElements = std::size_t{4} << 20;

// Longest line that is read: hiredis searches for its end from the beginning with each piece.
constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;

redisReader* Cast(void* reader) { return static_cast<redisReader*>(reader); }

// Makes lists as `original` does, but none that is too long. `Count` differs between versions of hiredis.
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

// True if the unread part begins with a line that is too long. (A text begins with the line of its length.)
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
      return false;  // of a newer protocol, which was not requested
  }
  to.text.assign(from.str, from.len);
  return true;
}

struct Meaning {
  const char* begins;
  absl::StatusCode code;
  const char* advice;
};

constexpr char kNoAddress[] =
    "a node of the Redis Cluster does not know its address; set cluster-announce-ip there";

constexpr Meaning kMeanings[] = {
    {"NOAUTH", absl::StatusCode::kUnauthenticated, "give the password in redis.url"},
    {"WRONGPASS", absl::StatusCode::kUnauthenticated, "check the user and password in redis.url"},
    {"ERR invalid password", absl::StatusCode::kUnauthenticated, "check the password in redis.url"},
    {"ERR AUTH", absl::StatusCode::kUnauthenticated, "this Redis has no password; remove it from redis.url"},
    {"ERR Client sent AUTH", absl::StatusCode::kUnauthenticated,
     "this Redis has no password; remove it from redis.url"},
    {"ERR wrong number of arguments for 'auth'", absl::StatusCode::kUnauthenticated,
     "this Redis is older than 6 and knows no users; write redis://:password@… in redis.url"},
    {"NOPERM", absl::StatusCode::kPermissionDenied,
     "allow this user all commands on the keys that begin with redis.key_prefix"},
    {"OOM", absl::StatusCode::kResourceExhausted, "give Redis more memory (maxmemory) or free some"},
    {"READONLY", absl::StatusCode::kFailedPrecondition, "point redis.url to the master, not to a replica"},
    {"MISCONF", absl::StatusCode::kFailedPrecondition, "Redis cannot save to its disk; see its own log"},
    {"NOREPLICAS", absl::StatusCode::kFailedPrecondition, "Redis wants more replicas before it writes"},
    {"MOVED", absl::StatusCode::kFailedPrecondition, kNoAddress},
    {"ASK", absl::StatusCode::kFailedPrecondition, kNoAddress},
    {"CROSSSLOT", absl::StatusCode::kFailedPrecondition, "remove {} from redis.key_prefix"},
    {"CLUSTERDOWN", absl::StatusCode::kUnavailable, "nodes of the Redis Cluster are missing; will retry"},
    {"TRYAGAIN", absl::StatusCode::kAborted, "keys move to another node of the Redis Cluster; will retry"},
    {"ERR SELECT is not allowed in cluster mode", absl::StatusCode::kInvalidArgument,
     "a Redis Cluster has database 0 only; remove the database from redis.url"},
    {"DENIED", absl::StatusCode::kPermissionDenied,
     "Redis is in protected mode: set a password there and in redis.url"},
    {"ERR max number of clients", absl::StatusCode::kUnavailable, "Redis has too many clients (maxclients)"},
    {"ERR DB index", absl::StatusCode::kInvalidArgument, "check the database in redis.url"},
    {"LOADING", absl::StatusCode::kUnavailable, "Redis is still loading; will retry"},
    {"BUSY", absl::StatusCode::kUnavailable, "Redis runs a script; will retry"},
    {"MASTERDOWN", absl::StatusCode::kUnavailable, "point redis.url to the master, not to a replica"},
    {"WRONGTYPE", absl::StatusCode::kDataLoss, "something else uses keys that begin with redis.key_prefix"},
    {"EXECABORT", absl::StatusCode::kAborted, "no command of the transaction was executed"},
};

// Text from outside for a message: at most 200 printable bytes.
std::string PrintableWords(const std::string& text) {
  constexpr std::size_t kMost = 200;
  std::string words = text.substr(0, kMost);
  for (char& c : words) {
    if (c < ' ' || c > '~') c = '?';
  }
  return words;
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
    return absl::InvalidArgumentError("the answer has a type of another protocol version");
  }
  return true;
}

absl::Status RedisErrorStatus(const std::string& error) {
  for (const Meaning& meaning : kMeanings) {
    if (!absl::StartsWith(error, meaning.begins)) continue;
    return absl::Status(meaning.code,
                        absl::StrCat("Redis refused: ", PrintableWords(error), "; ", meaning.advice));
  }
  return absl::InternalError(absl::StrCat("Redis refused: ", PrintableWords(error)));
}

}  // namespace swarmbell
