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

// What `redis.*` says when `redis.url` is set.
struct RedisStateOptions {
  RedisOptions redis;
  std::string key_prefix;
  absl::Duration expire_after;  // what is not refreshed for this long is gone
  absl::Duration start_wait;    // so long a start waits for what is stored
};

// The settings `redis.*`.
std::vector<Setting> RedisStateSettings();

// Nothing when `redis.url` is not set. What is wrong goes to `problems`, never with a password.
std::optional<RedisStateOptions> LoadRedisSettings(const Settings& settings, Problems& problems);

}  // namespace swarmbell
