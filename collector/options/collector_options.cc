#include "collector/options/collector_options.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/settings/address.h"
#include "common/settings/nearest.h"
#include "common/settings/print.h"
#include "common/settings/problems.h"
#include "common/settings/shared_settings.h"

namespace swarmbell {
namespace {

void CheckDockerHost(const Settings& settings, Problems& problems) {
  const std::string host = settings.String("docker.host");
  for (const char* scheme : {"unix://", "tcp://", "http://", "https://"}) {
    if (!absl::StartsWith(host, scheme) || host.size() == std::string(scheme).size()) continue;
    // Not shown, here or by --print-config: what is before the @ would be a password.
    const bool credentials = scheme != std::string("unix://") && absl::StrContains(host, '@');
    if (credentials) {
      problems.Add(settings.Where("docker.host"),
                   "holds credentials, which no engine asks for; docker.cert_path is for TLS");
    }
    return;
  }
  const std::string hint = absl::StartsWith(host, "ssh://")
                               ? "is not reached over ssh; mount the socket or use tcp:// with TLS"
                               : "is no address of an engine; write unix:///path, tcp://host:port or "
                                 "https://host:port";
  problems.Add(settings.Where("docker.host"), absl::StrCat(Quoted(host), " ", hint));
}

void CheckApiVersion(const Settings& settings, Problems& problems) {
  const std::string version = settings.String("docker.api_version");
  const bool fine = version.empty() || (version.find('.') == version.rfind('.') &&
                                        version.find_first_not_of("0123456789.") == std::string::npos &&
                                        version.find('.') != std::string::npos && version.front() != '.' &&
                                        version.back() != '.');
  if (!fine) {
    problems.Add(settings.Where("docker.api_version"),
                 absl::StrCat(Quoted(version), " is no API version (for example 1.41)"));
  }
}

void LoadDocker(const Settings& settings, DockerOptions& docker, Problems& problems) {
  docker.host = settings.String("docker.host");
  docker.api_version = settings.String("docker.api_version");
  docker.cert_path = settings.String("docker.cert_path");
  docker.tls_verify = settings.Bool("docker.tls_verify");
  CheckDockerHost(settings, problems);
  CheckApiVersion(settings, problems);
}

void LoadChanges(const Settings& settings, CollectorOptions& options) {
  options.poll.interval = settings.Duration("poll.interval");
  options.poll.events = settings.Bool("poll.events");
  options.poll.debounce = settings.Duration("poll.debounce");
  options.poll.max_engine_load = static_cast<int>(settings.Int("poll.max_engine_load"));
  options.poll.stale_after = settings.Duration("poll.stale_after");
  options.poll.containers = settings.Bool("poll.containers");
  options.cluster_name = settings.String("cluster.name");
  options.node_down_after = settings.Duration("nodes.down_after");
  options.degraded_after = settings.Duration("degraded_after");
  options.container_calm_after = settings.Duration("containers.calm_after");
  options.container_dead_after = settings.Duration("containers.dead_after");
  options.mask_names = settings.List("mask.names");
  options.ignored_labels = settings.List("ignore.labels");
  options.changelog.max_events = static_cast<std::size_t>(settings.Int("changelog.max_events"));
  options.changelog.max_bytes = static_cast<std::size_t>(settings.Int("changelog.max_bytes"));
}

// Most likely `name=value` was written, as filters of docker have it: such a glob would match nothing.
void CheckIgnoredLabels(const Settings& settings, Problems& problems) {
  for (const std::string& glob : settings.List("ignore.labels")) {
    if (glob.find_first_of("= \t\r\n") == std::string::npos) continue;
    problems.Add(settings.Where("ignore.labels"),
                 absl::StrCat(Quoted(glob),
                              " is no name of a label; write names without values, such as "
                              "cd.doco.*"));
  }
}

void CheckStaleAfter(const Settings& settings, const CollectorOptions& options, Problems& problems) {
  const absl::Duration after = options.poll.stale_after;
  if (after == absl::ZeroDuration() || after > options.poll.interval) return;
  problems.Add(settings.Where("poll.stale_after"),
               absl::StrCat("must be longer than poll.interval (",
                            absl::FormatDuration(options.poll.interval), "), or 0"));
}

void LoadServer(const Settings& settings, CollectorOptions& options, Problems& problems) {
  options.listen = settings.String("listen");
  CheckListen(settings, "listen", /*may_be_off=*/false, problems);
  options.metrics_listen = settings.String("metrics.listen");
  CheckListen(settings, "metrics.listen", /*may_be_off=*/true, problems);
  options.stream.max_subscribers = static_cast<std::size_t>(settings.Int("stream.max_subscribers"));
  options.stream.progress_interval = settings.Duration("stream.progress_interval");
  options.tls.cert_file = settings.String("tls.cert");
  options.tls.key_file = settings.String("tls.key");
  options.tls.client_ca_file = settings.String("tls.client_ca");
  CheckTogether(settings, "tls.cert", "tls.key", problems);
  if (settings.IsSet("tls.client_ca") && !settings.IsSet("tls.cert")) {
    problems.Add(settings.Where("tls.client_ca"), "needs tls.cert and tls.key too");
  }
  options.tls.client_names = settings.List("tls.client_names");
  if (settings.IsSet("tls.client_names") && !settings.IsSet("tls.client_ca")) {
    problems.Add(settings.Where("tls.client_names"), "needs tls.client_ca, which vouches for the names");
  }
  for (const char* path : {"tls.cert", "tls.key", "tls.client_ca"}) CheckPemFile(settings, path, problems);
  if (settings.Bool("tls.plaintext") && settings.IsSet("tls.cert")) {
    problems.Add(settings.Where("tls.plaintext"), "is said although tls.cert is set; leave one out");
  }
  options.auth_token = settings.Secret("auth.token");
  options.auth_token_file = settings.File("auth.token");
  options.log_level = settings.String("log.level");
  options.log_format = settings.String("log.format");
}

// What others than this machine can read on the way, unless that was said to be fine.
std::vector<std::string> Warnings(const Settings& settings, const CollectorOptions& options) {
  if (options.tls.Enabled() || settings.Bool("tls.plaintext") || StaysOnThisMachine(options.listen))
    return {};
  return {absl::StrCat("The changes of the swarm", options.auth_token.empty() ? "" : " and auth.token",
                       " are sent unencrypted",
                       options.auth_token.empty() ? ", to whoever can reach " : " on ", options.listen,
                       ": set tls.cert and tls.key, or listen on 127.0.0.1, or say tls.plaintext where the "
                       "network is trusted.")};
}

}  // namespace

absl::StatusOr<LoadedCollectorOptions> LoadCollectorOptions(const SettingsInput& input) {
  Problems problems;
  const Settings settings = Settings::Load(CollectorSettings(), input, problems);
  LoadedCollectorOptions loaded;
  LoadDocker(settings, loaded.options.docker, problems);
  LoadChanges(settings, loaded.options);
  CheckIgnoredLabels(settings, problems);
  CheckStaleAfter(settings, loaded.options, problems);
  LoadServer(settings, loaded.options, problems);
  loaded.options.redis = LoadRedisSettings(settings, problems);
  if (!problems.empty()) return problems.ToStatus();
  loaded.printed = PrintSettings(settings);
  loaded.warnings = Warnings(settings, loaded.options);
  loaded.settings = settings;
  return loaded;
}

}  // namespace swarmbell
