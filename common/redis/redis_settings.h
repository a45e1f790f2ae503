#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/redis/redis_client.h"
#include "common/settings/problems.h"
#include "common/settings/setting.h"
#include "common/settings/settings.h"

namespace swarmbell {

// The connection that the settings describe when `redis.url` is set.
struct RedisConnection {
  RedisOptions redis;
  std::string key_prefix;
};

// The settings `redis.*` that say how Redis is reached; `use` is what it is for, as the help says it.
std::vector<Setting> RedisConnectionSettings(const std::string& use);

// Unset when `redis.url` is not set. Errors go to `problems`, never with a password.
std::optional<RedisConnection> LoadRedisConnection(const Settings& settings, Problems& problems);

// The settings `redis.*` of a program that keeps its state there.
struct RedisStateOptions {
  RedisOptions redis;
  std::string key_prefix;
  absl::Duration expire_after;  // what is not refreshed for this long is gone
  absl::Duration start_wait;    // so long a start waits for what is stored
};

// The settings `redis.*` of such a program.
std::vector<Setting> RedisStateSettings();

// As LoadRedisConnection.
std::optional<RedisStateOptions> LoadRedisSettings(const Settings& settings, Problems& problems);

}  // namespace swarmbell
