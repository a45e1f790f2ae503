#include "absl/time/time.h"
#include "collector/options/collector_options.h"

namespace swarmbell {
namespace {

void AddEngineSettings(SettingsTable& table, CollectorOptions& options) {
  table.Add(&options.docker.host, "docker.host",
            "The Docker Engine to read: unix://, tcp://, http:// or https://. DOCKER_HOST if not given.",
            {.foreign_variable = "DOCKER_HOST"});
  table.Add(&options.docker.api_version, "docker.api_version",
            "API version to use, e.g. 1.41; the newest that both sides know if empty. DOCKER_API_VERSION if "
            "not given.",
            {.foreign_variable = "DOCKER_API_VERSION"});
  table.Add(&options.docker.cert_path, "docker.cert_path",
            "Folder with ca.pem, cert.pem and key.pem for TLS to the engine. DOCKER_CERT_PATH if not given.",
            {.foreign_variable = "DOCKER_CERT_PATH"});
  table.Add(&options.docker.tls_verify, "docker.tls_verify",
            "Use TLS and verify the engine's certificate. True when DOCKER_TLS_VERIFY has any value.",
            {.foreign_variable = "DOCKER_TLS_VERIFY"});
}

void AddPollSettings(SettingsTable& table, CollectorOptions& options) {
  table.Add(&options.poll.interval, "poll.interval", "Time between two reads of the engine.",
            {.min_duration = absl::Milliseconds(100)});
  table.Add(&options.poll.events, "poll.events",
            "Wake the poll on engine events, so that what they name is told within a second.");
  table.Add(&options.poll.debounce, "poll.debounce",
            "How long to wait after an event for more of them before reading.");
  table.Add(&options.poll.max_engine_load, "poll.max_engine_load",
            "Percent of one core that the engine is to spend at most on each list that is read; large swarms "
            "are then read in full less often than each poll.interval.",
            {.min_int = 1, .max_int = 100});
  table.Add(
      &options.poll.stale_after, "poll.stale_after",
      "When something could not be read for this long the collector rings as stale; a list that is read less "
      "often (poll.max_engine_load) does not count. 0: three times poll.interval, at least 30 s.");
  table.Add(&options.poll.containers, "poll.containers",
            "Also watch this node's containers that no swarm service owns.");
}

void AddChangeSettings(SettingsTable& table, CollectorOptions& options) {
  table.Add(&options.cluster_name, "cluster.name",
            "The swarm's name on cards; its own name or short id if empty.");
  table.Add(&options.node_down_after, "nodes.down_after",
            "A node that is down for this long is told as down; one that is back sooner is not.");
  table.Add(&options.degraded_after, "degraded_after",
            "A service that lacks tasks for this long is told as degraded.");
  table.Add(&options.update_stalled_after, "update_stalled_after",
            "An update or rollback is reported as stalled when none of its tasks has moved on for this long, "
            "besides what its own monitor and delay take.",
            {.min_duration = absl::Seconds(1)});
  table.Add(&options.first_start_after, "first_start_after",
            "The same for a new service while its first tasks pull their image and start; never shorter than "
            "degraded_after.");
  table.Add(&options.container_calm_after, "containers.calm_after",
            "A container that runs this long is out of its restart loop.");
  table.Add(&options.container_dead_after, "containers.dead_after",
            "A container that is being removed for longer than this is told as dead.");
  table.Add(&options.mask_names, "mask.names",
            "Names of variables and labels to mask besides those that look secret; globs with * and ?, in "
            "any case.");
  table.Add(&options.ignored_labels, "ignore.labels",
            "Names of labels whose changes mean nothing, such as those that a deployer stamps at each round; "
            "globs with * and ?. They are left out when services, their containers and nodes are compared.");
  table.Add(&options.changelog.max_events, "changelog.max_events",
            "So many changes are kept for subscribers that were away.",
            {.min_int = 1, .max_int = 10'000'000});
  table.Add(&options.changelog.max_bytes, "changelog.max_bytes", "And at most so many bytes of them.",
            {.min_int = 1 << 20});
}

void AddServerSettings(SettingsTable& table, CollectorOptions& options) {
  table.Add(&options.listen, "listen", "Address of the gRPC server.");
  table.Add(&options.metrics_listen, "metrics.listen", "Address of the Prometheus metrics; off for none.");
  table.Add(&options.stream.max_subscribers, "stream.max_subscribers",
            "More subscribers than this are refused.", {.min_int = 1, .max_int = 10'000});
  table.Add(&options.stream.progress_interval, "stream.progress_interval",
            "How often a subscriber hears that nothing changed.", {.min_duration = absl::Milliseconds(100)});
  table.Add(&options.log_lines, "logs.lines",
            "Lines of a failed task's output that subscribers may ask for, with secrets masked, and that "
            "cards show. 0: the "
            "engine is never asked for logs. The service label swarmbell.logs=false opts a service out.",
            {.min_int = 0, .max_int = 8});
  table.Add(&options.tls.cert_file, "tls.cert",
            "File with the gRPC server's certificate; without it there is no TLS.");
  table.Add(&options.tls.key_file, "tls.key", "File with the key of tls.cert.");
  table.Add(&options.tls.client_ca_file, "tls.client_ca",
            "File with the CA certificates; subscribers must show a certificate that one of them signed.");
  table.Add(&options.tls.client_names, "tls.client_names",
            "Names that subscribers' certificates may have, globs with * and ?: of their subject alternative "
            "names, else the common name. Any if empty.",
            {.reloads = true});
  table.Add(&options.tls.plaintext, "tls.plaintext",
            "Says that serving others without TLS is meant, as on an overlay network; else it is warned of.",
            {.reloads = true});
  table.Add(&options.auth_token, "auth.token",
            "Token that subscribers must give. Several lines are several tokens, any of which is accepted.",
            {.secret = true, .reloads = true});
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

}  // namespace swarmbell
