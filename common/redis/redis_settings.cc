#include "common/redis/redis_settings.h"

#include "absl/strings/str_cat.h"

namespace swarmbell {

void AddRedisSettings(SettingsTable& table, const std::string& use, SecretString& url,
                      RedisConnection& connection) {
  table.Add(&url,
            {.path = "redis.url",
             .help = absl::StrCat("Redis ", use,
                                  ": redis://[user:password@]host[:port][/database], rediss:// for TLS, "
                                  "redis+unix:///path."),
             .secret = true});
  table.Add(&connection.key_prefix,
            {.path = "redis.key_prefix", .help = "What every key in Redis begins with."});
  table.Add(&connection.redis.tls_ca_file,
            {.path = "redis.tls_ca",
             .help = "File with the CA certificates that sign Redis's; the system's if empty."});
  table.Add(&connection.redis.timeout, {.path = "redis.timeout",
                                        .help = "For connecting to Redis and for each exchange with it.",
                                        .min_duration = absl::Milliseconds(10)});
}

void AddRedisSettings(SettingsTable& table, SecretString& url, RedisStateOptions& options) {
  AddRedisSettings(table, "that keeps the state through restarts (without it the state is in memory only)",
                   url, options);
  table.Add(&options.start_wait,
            {.path = "redis.start_wait",
             .help = "A start waits this long for what is stored, then goes on without it."});
  table.Add(&options.expire_after, {.path = "redis.expire_after",
                                    .help = "Keys that were not refreshed for this long expire.",
                                    .min_duration = absl::Minutes(1)});
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
