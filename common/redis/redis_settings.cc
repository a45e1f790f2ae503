#include "common/redis/redis_settings.h"

#include "absl/strings/str_cat.h"
#include "common/settings/shared_settings.h"

namespace swarmbell {

std::vector<Setting> RedisConnectionSettings(const std::string& use) {
  return {
      {.path = "redis.url",
       .help = absl::StrCat("Redis ", use,
                            ": redis://[user:password@]host[:port][/database], rediss:// for TLS, "
                            "redis+unix:///path."),
       .secret = true},
      {.path = "redis.key_prefix",
       .default_value = "swarmbell:",
       .help = "What every key in Redis begins with."},
      {.path = "redis.tls_ca",
       .help = "File with the CA certificates that sign Redis's; the system's if empty."},
      {.path = "redis.timeout",
       .type = SettingType::kDuration,
       .default_value = "2s",
       .help = "For connecting to Redis and for each exchange with it.",
       .min_duration = absl::Milliseconds(10)},
  };
}

std::vector<Setting> RedisStateSettings() {
  std::vector<Setting> settings = RedisConnectionSettings(
      "that keeps the state through restarts (without it the state is in memory only)");
  settings.push_back({.path = "redis.start_wait",
                      .type = SettingType::kDuration,
                      .default_value = "5s",
                      .help = "A start waits this long for what is stored, then goes on without it."});
  settings.push_back({.path = "redis.expire_after",
                      .type = SettingType::kDuration,
                      .default_value = "168h",
                      .help = "Keys that were not refreshed for this long expire.",
                      .min_duration = absl::Minutes(1)});
  return settings;
}

std::optional<RedisConnection> LoadRedisConnection(const Settings& settings, Problems& problems) {
  if (!settings.IsSet("redis.url")) return std::nullopt;
  RedisConnection options;
  const auto address = ParseRedisUrl(settings.Secret("redis.url"));
  if (address.ok()) {
    options.redis.address = *address;
  } else {
    problems.Add(settings.Where("redis.url"), std::string(address.status().message()));
  }
  options.redis.tls_ca_file = settings.String("redis.tls_ca");
  CheckPemFile(settings, "redis.tls_ca", problems);
  options.redis.timeout = settings.Duration("redis.timeout");
  options.key_prefix = settings.String("redis.key_prefix");
  if (options.key_prefix.empty()) {
    problems.Add(settings.Where("redis.key_prefix"), "is empty: keys could not be told from those of others");
  }
  return options;
}

std::optional<RedisStateOptions> LoadRedisSettings(const Settings& settings, Problems& problems) {
  const std::optional<RedisConnection> connection = LoadRedisConnection(settings, problems);
  if (!connection) return std::nullopt;
  RedisStateOptions options;
  options.redis = connection->redis;
  options.key_prefix = connection->key_prefix;
  options.expire_after = settings.Duration("redis.expire_after");
  options.start_wait = settings.Duration("redis.start_wait");
  return options;
}

}  // namespace swarmbell
