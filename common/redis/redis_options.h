#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/settings/checks.h"
#include "common/settings/setting.h"

namespace swarmbell {

// A server that is reached over TCP.
struct RedisEndpoint {
  std::string host;  // without the brackets of IPv6
  int port = 6379;

  std::string Shown() const;  // `cache:6379`, `[::1]:6379`
};

// The address of a Redis, and the user.
struct RedisAddress {
  bool tls = false;
  // Redis, nodes of a Redis Cluster, or sentinels: at least one. With a unix socket it is not used.
  std::vector<RedisEndpoint> servers = {RedisEndpoint()};
  std::string master_name;  // to ask the sentinels for; empty without them
  std::string socket_path;
  std::string user;  // empty for Redis's `default`
  SecretString password;
  int database = 0;

  bool HasSentinels() const { return !master_name.empty(); }
  // For logs and errors: `redis://cache:6379/2`; never a user or a password.
  std::string Shown() const;
};

// Reads `redis://[[user]:password@]host[:port][,host[:port]…][/database]`, where several hosts are nodes of a
// Redis Cluster; `redis+sentinel://[[user]:password@]host[:port][,…]/master[/database]`; with `rediss` the
// same with TLS; or `redis+unix://[[user]:password@]/path/to/socket[?db=N]`, also written `unix://`. User and
// password may be percent-encoded. INVALID_ARGUMENT says what is wrong, never with any part of the user or
// password.
absl::StatusOr<RedisAddress> ParseRedisUrl(const SecretString& url);

// How Redis is reached.
struct RedisOptions {
  RedisAddress address;
  std::string tls_ca_file;                    // the system's CA certificates if empty
  absl::Duration timeout = absl::Seconds(2);  // for connecting, and for each exchange of commands and replies
};

// How a program uses Redis.
struct RedisConnection {
  RedisOptions redis;
  std::string key_prefix = "swarmbell:";  // of every key
};

// The same for a program that stores its state there.
struct RedisStateOptions : RedisConnection {
  absl::Duration start_wait = absl::Seconds(5);    // how long a start waits for the stored state
  absl::Duration expire_after = absl::Hours(168);  // keys that are not refreshed for this long expire
};

// Adds the settings `redis.*` that say how Redis is reached; `use` completes the help's `Redis `.
void AddRedisSettings(SettingsTable& table, const std::string& use, SecretString& url,
                      RedisConnection& connection);

// Adds all of `redis.*`, for a program that stores its state there.
void AddRedisSettings(SettingsTable& table, SecretString& url, RedisStateOptions& options);

// Checks the settings, and returns whether Redis is used, that is, `redis.url` is set. Errors go to the
// checks' problems, never with a password.
bool UseRedis(const SecretString& url, RedisConnection& connection, SettingsChecks& checks);

}  // namespace swarmbell
