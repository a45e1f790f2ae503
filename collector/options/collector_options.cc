#include "collector/options/collector_options.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/settings/checks.h"
#include "common/settings/help.h"
#include "common/settings/setting.h"
#include "common/settings/yaml.h"

namespace swarmbell {
namespace {

void AddEngineSettings(SettingsTable& table, CollectorOptions& options) {
  table.Add(&options.docker.host, "docker.host",
            "Address of the Docker Engine to read: unix://, tcp://, http:// or https://. Default: "
            "DOCKER_HOST.",
            {.foreign_variable = "DOCKER_HOST"});
  table.Add(&options.docker.api_version, "docker.api_version",
            "API version to use, e.g. 1.41. If empty: DOCKER_API_VERSION, otherwise the newest "
            "version that both sides support.",
            {.foreign_variable = "DOCKER_API_VERSION"});
  table.Add(&options.docker.cert_path, "docker.cert_path",
            "Folder with ca.pem, cert.pem and key.pem for TLS to the engine. Default: "
            "DOCKER_CERT_PATH.",
            {.foreign_variable = "DOCKER_CERT_PATH"});
  table.Add(&options.docker.tls_verify, "docker.tls_verify",
            "Use TLS to the engine and verify its certificate. Default: true if DOCKER_TLS_VERIFY "
            "is set to any value.",
            {.foreign_variable = "DOCKER_TLS_VERIFY"});
}

void AddPollSettings(SettingsTable& table, CollectorOptions& options) {
  table.Add(&options.poll.interval, "poll.interval", "Time between two reads of the engine.",
            {.min_duration = absl::Milliseconds(100)});
  table.Add(&options.poll.events, "poll.events",
            "Read early when the engine reports an event, so that changes are reported within a "
            "second.");
  table.Add(&options.poll.debounce, "poll.debounce", "Time to wait for further events before reading.");
  table.Add(&options.poll.max_engine_load, "poll.max_engine_load",
            "Maximum share of one CPU core that the engine may spend on reading each list, in "
            "percent. Large swarms are then read in full less often than every poll.interval.",
            {.min_int = 1, .max_int = 100});
  table.Add(&options.poll.stale_after, "poll.stale_after",
            "Report the collector as stale when a list could not be read for this long. A list whose "
            "reading is postponed (poll.max_engine_load) does not count. 0: three times poll.interval, "
            "at least 30 s.");
  table.Add(&options.poll.containers, "poll.containers",
            "Also watch the containers of this node that do not belong to a swarm service.");
}

void AddChangeSettings(SettingsTable& table, CollectorOptions& options) {
  table.Add(&options.poll.cluster_name, "cluster.name",
            "Name of the swarm on cards. If empty: the swarm's own name, otherwise its short ID.");
  table.Add(&options.poll.hold_times.node_down_after, "nodes.down_after",
            "Report a node as down when it has been down for this long. A shorter outage is not "
            "reported.");
  table.Add(&options.poll.hold_times.degraded_after, "degraded_after",
            "Report a service as degraded when it has lacked tasks for this long.");
  table.Add(&options.poll.hold_times.update_stalled_after, "update_stalled_after",
            "Report an update or rollback as stalled when none of its tasks has made progress for "
            "this long, in addition to its own monitor and delay times.",
            {.min_duration = absl::Seconds(1)});
  table.Add(&options.poll.hold_times.first_start_after, "first_start_after",
            "The same as degraded_after for a new service, whose first tasks must pull their "
            "image and start. Never shorter than degraded_after.");
  table.Add(&options.poll.hold_times.container_calm_after, "containers.calm_after",
            "Report a restart loop as over when the container has run for this long.");
  table.Add(&options.poll.hold_times.container_dead_after, "containers.dead_after",
            "Report a container as dead when its removal has taken longer than this.");
  table.Add(&options.poll.masking.names, "mask.names",
            "Names of variables and labels to mask, in addition to those that look secret: globs "
            "with * and ?, case-insensitive.");
  table.Add(&options.poll.ignored_labels, "ignore.labels",
            "Names of labels to ignore when services, their containers and nodes are compared, "
            "such as those that a deployment tool changes each time: globs with * and ?.");
  table.Add(&options.changelog.max_events, "changelog.max_events",
            "Maximum number of changes kept for reconnecting subscribers.",
            {.min_int = 1, .max_int = 10'000'000});
  table.Add(&options.changelog.max_bytes, "changelog.max_bytes", "Maximum size of these changes in bytes.",
            {.min_int = 1 << 20});
}

void AddServerSettings(SettingsTable& table, CollectorOptions& options) {
  table.Add(&options.listen, "listen", "Address of the gRPC server.");
  table.Add(&options.metrics_listen, "metrics.listen", "Address of the Prometheus metrics; off for none.");
  table.Add(&options.stream.max_subscribers, "stream.max_subscribers",
            "Maximum number of subscribers; more are refused.", {.min_int = 1, .max_int = 10'000});
  table.Add(&options.stream.progress_interval, "stream.progress_interval",
            "How often a subscriber receives its position when nothing changes.",
            {.min_duration = absl::Milliseconds(100)});
  table.Add(
      &options.log_lines, "logs.lines",
      "Number of last lines of a failed task's output that red cards show and subscribers may read with "
      "GetTaskLog, with secrets masked. 0: the collector never reads logs. The label "
      "swarmbell.logs=false on a service excludes its tasks.",
      {.min_int = 0, .max_int = 8});
  table.Add(&options.tls.cert_file, "tls.cert",
            "File with the gRPC server's certificate. Without it there is no TLS.");
  table.Add(&options.tls.key_file, "tls.key", "File with the key of tls.cert.");
  table.Add(&options.tls.client_ca_file, "tls.client_ca",
            "File with the CA certificates. Subscribers must present a certificate that one of "
            "them has signed.");
  table.Add(&options.tls.client_names, "tls.client_names",
            "Names that subscribers' certificates may have: globs with * and ?, compared with the "
            "subject alternative names, or with the common name if there are none. Any if empty.",
            {.reloads = true});
  table.Add(&options.tls.plaintext, "tls.plaintext",
            "Set to true to silence the warning about serving without TLS, for example on an "
            "overlay network.",
            {.reloads = true});
  table.Add(&options.auth_token, "auth.token",
            "Token that subscribers must send. Several lines are several tokens, each of which is "
            "accepted.",
            {.secret = true, .reloads = true});
}

void CheckDockerHost(const std::string& host, SettingsChecks& checks) {
  for (const char* scheme : {"unix://", "tcp://", "http://", "https://"}) {
    if (!absl::StartsWith(host, scheme) || host.size() == std::string(scheme).size()) continue;
    // The host is not shown, here or by --print-config: before the @ may be a password.
    const bool credentials = scheme != std::string("unix://") && absl::StrContains(host, '@');
    if (credentials) {
      checks.Fault(&host, "holds credentials, which no engine asks for; docker.cert_path is for TLS");
    }
    return;
  }
  const std::string hint = absl::StartsWith(host, "ssh://")
                               ? "is not reached over ssh; mount the socket or use tcp:// with TLS"
                               : "is no address of an engine; write unix:///path, tcp://host:port or "
                                 "https://host:port";
  checks.Fault(&host, absl::StrCat(Quoted(host), " ", hint));
}

void CheckApiVersion(const std::string& version, SettingsChecks& checks) {
  const bool fine = version.empty() || (version.find('.') == version.rfind('.') &&
                                        version.find_first_not_of("0123456789.") == std::string::npos &&
                                        version.find('.') != std::string::npos && version.front() != '.' &&
                                        version.back() != '.');
  if (!fine) checks.Fault(&version, absl::StrCat(Quoted(version), " is no API version (for example 1.41)"));
}

// Most likely `name=value` was meant, as in filters of docker: such a glob would match nothing.
void CheckIgnoredLabels(const std::vector<std::string>& globs, SettingsChecks& checks) {
  for (const std::string& glob : globs) {
    if (glob.find_first_of("= \t\r\n") == std::string::npos) continue;
    checks.Fault(&globs, absl::StrCat(Quoted(glob),
                                      " is no name of a label; write names without values, such as "
                                      "cd.doco.*"));
  }
}

void CheckStaleAfter(const PollOptions& poll, SettingsChecks& checks) {
  if (poll.stale_after == absl::ZeroDuration() || poll.stale_after > poll.interval) return;
  checks.Fault(&poll.stale_after, absl::StrCat("must be longer than poll.interval (",
                                               absl::FormatDuration(poll.interval), "), or 0"));
}

void CheckServer(const CollectorOptions& options, SettingsChecks& checks) {
  checks.Listen(options.listen, /*may_be_off=*/false);
  checks.Listen(options.metrics_listen, /*may_be_off=*/true);
  const ServerTlsOptions& tls = options.tls;
  checks.Together(tls.cert_file, tls.key_file);
  if (!tls.client_ca_file.empty() && !tls.Enabled()) {
    checks.Fault(&tls.client_ca_file, "needs tls.cert and tls.key too");
  }
  if (!tls.client_names.empty() && tls.client_ca_file.empty()) {
    checks.Fault(&tls.client_names, "needs tls.client_ca, which vouches for the names");
  }
  checks.PemFile(tls.cert_file);
  checks.PemFile(tls.key_file);
  checks.PemFile(tls.client_ca_file);
  if (tls.plaintext && tls.Enabled()) {
    checks.Fault(&tls.plaintext, "conflicts with tls.cert; remove one of them");
  }
}

// Warns of data that others can read in transit, unless tls.plaintext says that this is intended.
std::vector<std::string> Warnings(const CollectorOptions& options) {
  if (options.tls.Enabled() || options.tls.plaintext || StaysOnThisMachine(options.listen)) return {};
  return {absl::StrCat("The changes of the swarm", options.auth_token.empty() ? "" : " and auth.token",
                       " are sent unencrypted",
                       options.auth_token.empty() ? ", to whoever can reach " : " on ", options.listen,
                       ": set tls.cert and tls.key, or listen on 127.0.0.1, or set tls.plaintext where the "
                       "network is trusted.")};
}

}  // namespace

SettingsTable DescribeSettings(CollectorForm& form) {
  SettingsTable table;
  AddEngineSettings(table, form.options);
  AddPollSettings(table, form.options);
  AddChangeSettings(table, form.options);
  AddServerSettings(table, form.options);
  AddRedisSettings(table, form.redis_url, form.redis);
  AddLogSettings(table, form.options.log_level, form.options.log_format);
  return table;
}

std::vector<Setting> CollectorSettings() {
  CollectorForm form;
  return DescribeSettings(form).Rows();
}

absl::StatusOr<LoadedCollectorOptions> LoadCollectorOptions(const SettingsInput& input) {
  Problems problems;
  CollectorForm form;
  CollectorOptions& options = form.options;
  const SettingsTable table = DescribeSettings(form);
  const Settings settings = Settings::Load(table, input, problems);
  SettingsChecks checks(table, settings, problems);
  CheckDockerHost(options.docker.host, checks);
  CheckApiVersion(options.docker.api_version, checks);
  CheckIgnoredLabels(options.poll.ignored_labels, checks);
  CheckStaleAfter(options.poll, checks);
  CheckServer(options, checks);
  options.auth_token_file = checks.File(&options.auth_token);
  if (UseRedis(form.redis_url, form.redis, checks)) options.redis = form.redis;
  if (!problems.empty()) return problems.ToStatus();
  return LoadedCollectorOptions{.options = options,
                                .printed = PrintSettings(settings),
                                .warnings = Warnings(options),
                                .settings = settings};
}

}  // namespace swarmbell
