#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/redis/redis_client.h"
#include "common/settings/checks.h"
#include "common/settings/secret.h"
#include "common/settings/settings_table.h"

namespace swarmbell {

// How Redis is reached, and how keys there begin.
struct RedisConnection {
  RedisOptions redis;
  std::string key_prefix = "swarmbell:";
};

// The same of a program that keeps its state there.
struct RedisStateOptions : RedisConnection {
  absl::Duration start_wait = absl::Seconds(5);    // how long a start waits for what is stored
  absl::Duration expire_after = absl::Hours(168);  // what is not refreshed for this long is gone
};

// Adds the settings `redis.*` that say how Redis is reached; `use` is what it is for, as the help says it.
void AddRedisSettings(SettingsTable& table, const std::string& use, SecretString& url,
                      RedisConnection& connection);

// Adds all of `redis.*` for a program that keeps its state there.
void AddRedisSettings(SettingsTable& table, SecretString& url, RedisStateOptions& options);

// Returns whether `redis.url` is set, and so Redis is used. Errors go to the checks' problems, never with a
// password.
bool UseRedis(const SecretString& url, RedisConnection& connection, SettingsChecks& checks);

}  // namespace swarmbell
