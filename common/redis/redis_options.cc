#include "common/redis/redis_options.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace swarmbell {
namespace {

constexpr int kRedisPort = 6379;
constexpr int kSentinelPort = 26379;
constexpr int kMaxDatabase = 1'000'000;

absl::Status Wrong(const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat(what,
                   "; write redis://[user:password@]host[:port][/database], "
                   "redis+sentinel://[user:password@]host[:port],…/master[/database], rediss… for TLS, or "
                   "redis+unix:///path/to/socket, with %XX for special characters in the password"));
}

std::optional<std::string> PercentDecode(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      return std::nullopt;
    }
    decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
    i += 2;
  }
  return decoded;
}

// Removes `user:password@` from the front.
absl::Status SplitOffCredentials(std::string& rest, RedisAddress& address) {
  // A password may hold `@`, `/` and `?` by mistake: what is before the last `@` is never shown.
  const std::size_t at = rest.rfind('@');
  if (at == std::string::npos) return absl::OkStatus();
  const std::string credentials = rest.substr(0, at);
  rest.erase(0, at + 1);
  const std::size_t colon = credentials.find(':');
  const auto user = PercentDecode(credentials.substr(0, colon));
  const auto password =
      colon == std::string::npos ? std::string() : PercentDecode(credentials.substr(colon + 1));
  if (!user || !password)
    return Wrong("a % in its user or password is not followed by two hexadecimal digits");
  if (password->empty()) return Wrong("there is a user, or an @, but no password");
  address.user = *user == "default" ? "" : *user;
  address.password = SecretString(*password);
  return absl::OkStatus();
}

absl::Status ReadDatabase(const std::string& text, RedisAddress& address) {
  if (text.empty()) return absl::OkStatus();
  if (!absl::SimpleAtoi(text, &address.database) || address.database < 0 || address.database > kMaxDatabase) {
    return Wrong("the database after the last / is no number");
  }
  return absl::OkStatus();
}

absl::Status ReadPort(const std::string& text, RedisEndpoint& server) {
  if (!absl::SimpleAtoi(text, &server.port) || server.port < 1 || server.port > 65535) {
    return Wrong("its port is not between 1 and 65535");
  }
  return absl::OkStatus();
}

absl::Status ReadHostAndPort(const std::string& text, RedisEndpoint& server) {
  std::string port;
  if (absl::StartsWith(text, "[")) {
    const std::size_t end = text.find(']');
    if (end == std::string::npos) return Wrong("the [ of its IPv6 address is not closed");
    server.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return Wrong("there is no : before its port");
  } else {
    const std::size_t colon = text.find(':');
    server.host = text.substr(0, colon);
    if (colon != std::string::npos) port = text.substr(colon);
  }
  if (server.host.empty()) return Wrong("it names no host");
  return port.empty() ? absl::OkStatus() : ReadPort(port.substr(1), server);
}

absl::Status ReadSocket(std::string rest, RedisAddress& address) {
  const std::size_t query = rest.find('?');
  if (query != std::string::npos) {
    if (!absl::StartsWith(rest.substr(query), "?db=")) return Wrong("only ?db=N may follow the socket");
    if (absl::Status status = ReadDatabase(rest.substr(query + 4), address); !status.ok()) return status;
    rest.erase(query);
  }
  if (!absl::StartsWith(rest, "/")) return Wrong("the path of its socket does not begin with /");
  address.socket_path = std::move(rest);
  return absl::OkStatus();
}

// `host[:port],…/path`; returns the path, without its slash.
absl::StatusOr<std::string> ReadServers(const std::string& rest, int default_port, RedisAddress& address) {
  if (absl::StrContains(rest, "?") || absl::StrContains(rest, "#")) return Wrong("it has a ? or a #");
  const std::size_t slash = rest.find('/');
  address.servers.clear();
  for (const absl::string_view server : absl::StrSplit(rest.substr(0, slash), ',')) {
    address.servers.push_back({.host = "", .port = default_port});
    const absl::Status status = ReadHostAndPort(std::string(server), address.servers.back());
    if (!status.ok()) return status;
  }
  return slash == std::string::npos ? "" : rest.substr(slash + 1);
}

absl::Status ReadRedis(const std::string& rest, RedisAddress& address) {
  const auto database = ReadServers(rest, kRedisPort, address);
  return database.ok() ? ReadDatabase(*database, address) : database.status();
}

absl::Status ReadSentinels(const std::string& rest, RedisAddress& address) {
  const auto path = ReadServers(rest, kSentinelPort, address);
  if (!path.ok()) return path.status();
  const std::size_t slash = path->find('/');
  address.master_name = path->substr(0, slash);
  if (address.master_name.empty()) return Wrong("it does not name the master after the sentinels");
  return slash == std::string::npos ? absl::OkStatus() : ReadDatabase(path->substr(slash + 1), address);
}

}  // namespace

std::string RedisEndpoint::Shown() const {
  const bool bare_ipv6 = absl::StrContains(host, ":");
  return absl::StrCat(bare_ipv6 ? "[" : "", host, bare_ipv6 ? "]" : "", ":", port);
}

std::string RedisAddress::Shown() const {
  if (!socket_path.empty()) return absl::StrCat("redis+unix://", socket_path);
  const std::string hosts =
      absl::StrJoin(servers, ",", [](std::string* out, const RedisEndpoint& one) { *out += one.Shown(); });
  return absl::StrCat(tls ? "rediss" : "redis", HasSentinels() ? "+sentinel" : "", "://", hosts, "/",
                      master_name, HasSentinels() ? "/" : "", database);
}

absl::StatusOr<RedisAddress> ParseRedisUrl(const SecretString& url) {
  const std::string& text = url.Reveal();
  const std::size_t scheme_end = text.find("://");
  const std::string scheme = text.substr(0, scheme_end);
  const bool is_socket = scheme == "redis+unix" || scheme == "unix";
  const bool has_sentinels = scheme == "redis+sentinel" || scheme == "rediss+sentinel";
  if (scheme_end == std::string::npos ||
      (!is_socket && !has_sentinels && scheme != "redis" && scheme != "rediss")) {
    return Wrong("it does not begin with redis://, rediss://, redis+sentinel:// or redis+unix://");
  }
  RedisAddress address;
  address.tls = absl::StartsWith(scheme, "rediss");
  std::string rest = text.substr(scheme_end + 3);
  if (absl::Status status = SplitOffCredentials(rest, address); !status.ok()) return status;
  const absl::Status status = is_socket       ? ReadSocket(std::move(rest), address)
                              : has_sentinels ? ReadSentinels(rest, address)
                                              : ReadRedis(rest, address);
  if (!status.ok()) return status;
  return address;
}

void AddRedisSettings(SettingsTable& table, const std::string& use, SecretString& url,
                      RedisConnection& connection) {
  table.Add(&url, "redis.url",
            absl::StrCat("Redis ", use,
                         ": redis://[user:password@]host[:port][/database], rediss:// for TLS, "
                         "redis+sentinel://host,host,host/master, redis+unix:///path; several hosts for a "
                         "Redis Cluster."),
            {.secret = true});
  table.Add(&connection.key_prefix, "redis.key_prefix", "Prefix of every key in Redis.");
  table.Add(&connection.redis.tls_ca_file, "redis.tls_ca",
            "File with the CA certificates that sign Redis's certificate; the system's if empty.");
  table.Add(&connection.redis.timeout, "redis.timeout",
            "Timeout for connecting to Redis, and for each exchange with it.",
            {.min_duration = absl::Milliseconds(10)});
}

void AddRedisSettings(SettingsTable& table, SecretString& url, RedisStateOptions& options) {
  AddRedisSettings(table,
                   "that preserves the state across restarts (without it the state is kept in memory only)",
                   url, options);
  table.Add(&options.start_wait, "redis.start_wait",
            "Maximum time that a start waits for the state in Redis; after that it starts without it.");
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
    checks.Fault(&connection.key_prefix,
                 "is empty; give a prefix that separates these keys from those of other programs");
  }
  return true;
}

}  // namespace swarmbell
