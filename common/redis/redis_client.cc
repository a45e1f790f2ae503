#include "common/redis/redis_client.h"

#include <hiredis/hiredis.h>

#include <array>
#include <cstring>
#include <memory>
#include <utility>

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
    {"MOVED", absl::StatusCode::kFailedPrecondition, "a Redis Cluster cannot be used; use a single Redis"},
    {"ASK", absl::StatusCode::kFailedPrecondition, "a Redis Cluster cannot be used; use a single Redis"},
    {"CROSSSLOT", absl::StatusCode::kFailedPrecondition,
     "a Redis Cluster cannot be used; use a single Redis"},
    {"CLUSTERDOWN", absl::StatusCode::kFailedPrecondition,
     "a Redis Cluster cannot be used; use a single Redis"},
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

// The command in Redis's protocol.
std::string FormatRedisCommand(const RedisCommand& command) {
  std::string bytes = absl::StrCat("*", command.size(), "\r\n");
  for (const std::string& word : command) absl::StrAppend(&bytes, "$", word.size(), "\r\n", word, "\r\n");
  return bytes;
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

struct RedisClient::Connection {
  std::unique_ptr<RedisSocket> socket;
  RedisReplyReader replies;
};

RedisClient::RedisClient(RedisOptions options) : options_(std::move(options)) {}
RedisClient::~RedisClient() = default;

void RedisClient::Disconnect() { connection_.reset(); }

SteadyTime RedisClient::Deadline() const {
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(options_.timeout);
}

absl::Status RedisClient::Named(const absl::Status& status) const {
  return absl::Status(status.code(),
                      absl::StrCat(options_.address.Shown(), ": ", std::string(status.message())));
}

// Closes the connection: nothing more can be read from it after an incomplete exchange.
absl::Status RedisClient::Failed(const absl::Status& status) {
  Disconnect();
  return Named(status);
}

absl::Status RedisClient::Connect(SteadyTime deadline) {
  if (connection_ && !connection_->socket->IsSpent()) return absl::OkStatus();
  auto socket = RedisSocket::Connect(options_.address, options_.tls_ca_file, deadline);
  if (!socket.ok()) return socket.status();
  connection_ = std::make_unique<Connection>();
  connection_->socket = *std::move(socket);
  return Greet(deadline);
}

absl::Status RedisClient::Greet(SteadyTime deadline) {
  const RedisAddress& address = options_.address;
  std::vector<RedisCommand> commands;
  if (!address.password.empty()) {
    commands.push_back({"AUTH"});
    if (!address.user.empty()) commands.back().push_back(address.user);
    commands.back().push_back(address.password.Reveal());
  }
  if (address.database != 0) commands.push_back({"SELECT", absl::StrCat(address.database)});
  const auto replies = Exchange(commands, deadline);
  if (!replies.ok()) return replies.status();
  for (const RedisReply& reply : *replies) {
    if (reply.IsError()) return RedisErrorStatus(reply.text);
  }
  return absl::OkStatus();
}

absl::StatusOr<RedisReply> RedisClient::ReadReply(SteadyTime deadline) {
  RedisReply reply;
  for (;;) {
    const auto complete = connection_->replies.Next(reply);
    if (!complete.ok()) return complete.status();
    if (*complete) return reply;
    std::array<char, std::size_t{16} << 10> buffer;
    const auto size = connection_->socket->Read(buffer.data(), buffer.size(), deadline);
    if (!size.ok()) return size.status();
    connection_->replies.Feed(buffer.data(), *size);
  }
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Exchange(const std::vector<RedisCommand>& commands,
                                                              SteadyTime deadline) {
  std::string bytes;
  for (const RedisCommand& command : commands) bytes += FormatRedisCommand(command);
  if (absl::Status status = connection_->socket->Write(bytes, deadline); !status.ok()) return status;
  std::vector<RedisReply> replies;
  replies.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto reply = ReadReply(deadline);
    if (!reply.ok()) return reply.status();
    replies.push_back(*std::move(reply));
  }
  return replies;
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Pipeline(const std::vector<RedisCommand>& commands) {
  const SteadyTime deadline = Deadline();
  if (absl::Status status = Connect(deadline); !status.ok()) return Failed(status);
  auto replies = Exchange(commands, deadline);
  if (!replies.ok()) return Failed(replies.status());
  return replies;
}

absl::Status RedisClient::Refusal(const RedisReply& error) const {
  return Named(RedisErrorStatus(error.text));
}

absl::StatusOr<RedisReply> RedisClient::Run(const RedisCommand& command) {
  auto replies = Pipeline({command});
  if (!replies.ok()) return replies.status();
  if (replies->front().IsError()) return Refusal(replies->front());
  return std::move(replies->front());
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Transaction(const std::vector<RedisCommand>& commands) {
  std::vector<RedisCommand> all = {{"MULTI"}};
  all.insert(all.end(), commands.begin(), commands.end());
  all.push_back({"EXEC"});
  auto replies = Pipeline(all);
  if (!replies.ok()) return replies.status();
  // The error of a command that was refused when queued explains the refusal of EXEC.
  for (const RedisReply& reply : *replies) {
    if (reply.IsError()) return Refusal(reply);
  }
  RedisReply& done = replies->back();
  if (done.IsNil()) return Named(absl::AbortedError("a key that was watched has changed"));
  if (!done.IsArray() || done.elements.size() != commands.size()) {
    return Failed(absl::InvalidArgumentError("the answer to EXEC is not one for each command"));
  }
  for (const RedisReply& reply : done.elements) {
    if (reply.IsError()) return Refusal(reply);
  }
  return std::move(done.elements);
}

}  // namespace swarmbell
