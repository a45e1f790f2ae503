#include "absl/time/time.h"
#include "collector/options/collector_options.h"
#include "common/redis/redis_settings.h"
#include "common/settings/shared_settings.h"

namespace swarmbell {
namespace {

std::vector<Setting> EngineSettings() {
  return {
      {.path = "docker.host",
       .default_value = "unix:///var/run/docker.sock",
       .help = "The Docker Engine to read: unix://, tcp://, http:// or https://. DOCKER_HOST if not given.",
       .foreign_variable = "DOCKER_HOST"},
      {.path = "docker.api_version",
       .help =
           "API version to use, e.g. 1.41; the newest that both sides know if empty. DOCKER_API_VERSION if "
           "not given.",
       .foreign_variable = "DOCKER_API_VERSION"},
      {.path = "docker.cert_path",
       .help =
           "Folder with ca.pem, cert.pem and key.pem for TLS to the engine. DOCKER_CERT_PATH if not given.",
       .foreign_variable = "DOCKER_CERT_PATH"},
      {.path = "docker.tls_verify",
       .type = SettingType::kBool,
       .default_value = "false",
       .help = "Use TLS and verify the engine's certificate. True when DOCKER_TLS_VERIFY has any value.",
       .foreign_variable = "DOCKER_TLS_VERIFY"},
  };
}

std::vector<Setting> PollSettings() {
  return {
      {.path = "poll.interval",
       .type = SettingType::kDuration,
       .default_value = "10s",
       .help = "Time between two reads of the engine.",
       .min_duration = absl::Milliseconds(100)},
      {.path = "poll.events",
       .type = SettingType::kBool,
       .default_value = "true",
       .help = "Wake the poll on engine events, so that what they name is told within a second."},
      {.path = "poll.debounce",
       .type = SettingType::kDuration,
       .default_value = "10ms",
       .help = "How long to wait after an event for more of them before reading."},
      {.path = "poll.max_engine_load",
       .type = SettingType::kInt,
       .default_value = "5",
       .help = "Percent of one core that the engine is to spend at most on each list that is read; large "
               "swarms are then read in full less often than each poll.interval.",
       .min_int = 1,
       .max_int = 100},
      {.path = "poll.stale_after",
       .type = SettingType::kDuration,
       .default_value = "0",
       .help =
           "When something could not be read for this long the collector rings as stale; a list that is "
           "read less often (poll.max_engine_load) does not count. 0: three times poll.interval, at least "
           "30 s."},
      {.path = "poll.containers",
       .type = SettingType::kBool,
       .default_value = "true",
       .help = "Also watch this node's containers that no swarm service owns."},
  };
}

std::vector<Setting> ChangeSettings() {
  return {
      {.path = "cluster.name", .help = "The swarm's name on cards; its own name or short id if empty."},
      {.path = "nodes.down_after",
       .type = SettingType::kDuration,
       .default_value = "10s",
       .help = "A node that is down for this long is told as down; one that is back sooner is not."},
      {.path = "degraded_after",
       .type = SettingType::kDuration,
       .default_value = "1m",
       .help = "A service that lacks tasks for this long is told as degraded."},
      {.path = "containers.calm_after",
       .type = SettingType::kDuration,
       .default_value = "1m",
       .help = "A container that runs this long is out of its restart loop."},
      {.path = "containers.dead_after",
       .type = SettingType::kDuration,
       .default_value = "1m",
       .help = "A container that is being removed for longer than this is told as dead."},
      {.path = "mask.names",
       .type = SettingType::kList,
       .help = "Names of variables and labels to mask besides those that look secret; globs with * and ?, in "
               "any case."},
      {.path = "ignore.labels",
       .type = SettingType::kList,
       .help =
           "Names of labels whose changes mean nothing, such as those that a deployer stamps at each round; "
           "globs with * and ?. They are left out when services, their containers and nodes are compared."},
      {.path = "changelog.max_events",
       .type = SettingType::kInt,
       .default_value = "10000",
       .help = "So many changes are kept for subscribers that were away.",
       .min_int = 1,
       .max_int = 10'000'000},
      {.path = "changelog.max_bytes",
       .type = SettingType::kInt,
       .default_value = "67108864",
       .help = "And at most so many bytes of them.",
       .min_int = 1 << 20},
  };
}

std::vector<Setting> ServerSettings() {
  return {
      {.path = "listen", .default_value = "0.0.0.0:50051", .help = "Address of the gRPC server."},
      {.path = "metrics.listen",
       .default_value = "0.0.0.0:9464",
       .help = "Address of the Prometheus metrics; off for none."},
      {.path = "stream.max_subscribers",
       .type = SettingType::kInt,
       .default_value = "64",
       .help = "More subscribers than this are refused.",
       .min_int = 1,
       .max_int = 10'000},
      {.path = "stream.progress_interval",
       .type = SettingType::kDuration,
       .default_value = "5s",
       .help = "How often a subscriber hears that nothing changed.",
       .min_duration = absl::Milliseconds(100)},
      {.path = "tls.cert", .help = "File with the gRPC server's certificate; without it there is no TLS."},
      {.path = "tls.key", .help = "File with the key of tls.cert."},
      {.path = "tls.client_ca",
       .help = "File with the CA certificates; subscribers must show a certificate that one of them signed."},
      {.path = "tls.client_names",
       .type = SettingType::kList,
       .help =
           "Names that subscribers' certificates may have, globs with * and ?: of their subject alternative "
           "names, else the common name. Any if empty.",
       .reloads = true},
      {.path = "tls.plaintext",
       .type = SettingType::kBool,
       .default_value = "false",
       .help =
           "Says that serving others without TLS is meant, as on an overlay network; else it is warned of.",
       .reloads = true},
      {.path = "auth.token",
       .help =
           "Token that subscribers must give. Several lines are several tokens, any of which is accepted.",
       .secret = true,
       .reloads = true},
  };
}

void Append(std::vector<Setting>& all, std::vector<Setting> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

const std::vector<Setting>& CollectorSettings() {
  static const auto* const table = [] {
    auto* all = new std::vector<Setting>;
    Append(*all, EngineSettings());
    Append(*all, PollSettings());
    Append(*all, ChangeSettings());
    Append(*all, ServerSettings());
    Append(*all, RedisStateSettings());
    Append(*all, LogSettings());
    return all;
  }();
  return *table;
}

}  // namespace swarmbell
