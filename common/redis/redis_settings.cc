#include "common/redis/redis_settings.h"

#include "absl/strings/str_cat.h"

namespace swarmbell {

void AddRedisSettings(SettingsTable& table, const std::string& use, SecretString& url,
                      RedisConnection& connection) {
  table.Add(&url, "redis.url",
            absl::StrCat("Redis ", use,
                         ": redis://[user:password@]host[:port][/database], rediss:// for TLS, "
                         "redis+unix:///path."),
            {.secret = true});
  table.Add(&connection.key_prefix, "redis.key_prefix", "What every key in Redis begins with.");
  table.Add(&connection.redis.tls_ca_file, "redis.tls_ca",
            "File with the CA certificates that sign Redis's; the system's if empty.");
  table.Add(&connection.redis.timeout, "redis.timeout",
            "For connecting to Redis and for each exchange with it.",
            {.min_duration = absl::Milliseconds(10)});
}

void AddRedisSettings(SettingsTable& table, SecretString& url, RedisStateOptions& options) {
  AddRedisSettings(table, "that keeps the state through restarts (without it the state is in memory only)",
                   url, options);
  table.Add(&options.start_wait, "redis.start_wait",
            "A start waits this long for what is stored, then goes on without it.");
  table.Add(&options.expire_after, "redis.expire_after", "Keys that were not refreshed for this long expire.",
            {.min_duration = absl::Minutes(1)});
}

bool UseRedis(const SecretString& url, RedisConnection& connection, SettingsChecks& checks) {
  if (url.empty()) return false;
  const auto address = ParseRedisUrl(url);
  if (address.ok()) {
    connection.redis.address = *address;
  } else {
    checks.Fault(&url, std::string(address.status().message()));
  }
  checks.PemFile(connection.redis.tls_ca_file);
  if (connection.key_prefix.empty()) {
    checks.Fault(&connection.key_prefix, "is empty: keys could not be told from those of others");
  }
  return true;
}

}  // namespace swarmbell
