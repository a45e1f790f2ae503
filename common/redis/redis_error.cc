#include "common/redis/redis_error.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

struct Meaning {
  const char* begins;
  absl::StatusCode code;
  const char* advice;
};

constexpr Meaning kMeanings[] = {
    {"NOAUTH", absl::StatusCode::kUnauthenticated, "give the password in redis.url"},
    {"WRONGPASS", absl::StatusCode::kUnauthenticated, "check the user and password in redis.url"},
    {"ERR invalid password", absl::StatusCode::kUnauthenticated, "check the password in redis.url"},
    {"ERR AUTH", absl::StatusCode::kUnauthenticated, "this Redis has no password; take it out of redis.url"},
    {"ERR Client sent AUTH", absl::StatusCode::kUnauthenticated,
     "this Redis has no password; take it out of redis.url"},
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
    {"LOADING", absl::StatusCode::kUnavailable, "Redis is still loading; it is tried again"},
    {"BUSY", absl::StatusCode::kUnavailable, "Redis runs a script; it is tried again"},
    {"MASTERDOWN", absl::StatusCode::kUnavailable, "point redis.url to the master, not to a replica"},
    {"WRONGTYPE", absl::StatusCode::kDataLoss, "something else uses keys that begin with redis.key_prefix"},
    {"EXECABORT", absl::StatusCode::kAborted, "nothing of the transaction was done"},
};

}  // namespace

std::string PrintableWords(const std::string& text) {
  constexpr std::size_t kMost = 200;
  std::string words = text.substr(0, kMost);
  for (char& c : words) {
    if (c < ' ' || c > '~') c = '?';
  }
  return words;
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
