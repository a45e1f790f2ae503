#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/redis/redis_settings.h"
#include "common/settings/secret.h"
#include "common/settings/settings.h"
#include "common/settings/settings_table.h"

namespace swarmbell {

// How to reach the Docker Engine, as docker's own variables say it.
struct DockerOptions {
  std::string host = "unix:///var/run/docker.sock";  // unix://, tcp://, http:// or https://
  std::string api_version;                           // e.g. `1.41`; empty: agree on the newest both know
  std::string cert_path;    // folder with ca.pem, cert.pem and key.pem; TLS is used when it is given
  bool tls_verify = false;  // TLS, and the engine's certificate must verify

  bool UseTls() const { return !cert_path.empty() || tls_verify; }
};

struct PollingOptions {
  absl::Duration interval = absl::Seconds(10);
  bool events = true;  // engine events wake the poll
  absl::Duration debounce = absl::Milliseconds(10);
  int max_engine_load = 5;  // percent of one core, for each list
  // Something that could not be read for this long makes the collector stale; zero: chosen from the interval.
  absl::Duration stale_after;
  bool containers = true;  // whether containers that no service owns are watched
};

struct StreamOptions {
  std::size_t max_subscribers = 64;
  absl::Duration progress_interval = absl::Seconds(5);
};

struct ChangeLogOptions {
  std::size_t max_events = 10'000;
  std::size_t max_bytes = std::size_t{64} << 20;
};

// TLS of the gRPC server: off without a certificate.
struct ServerTlsOptions {
  std::string cert_file;
  std::string key_file;
  std::string client_ca_file;             // clients must show a certificate that it signed
  std::vector<std::string> client_names;  // and that has one of these names, globs; any if empty
  bool plaintext = false;                 // serving others without TLS is meant

  bool Enabled() const { return !cert_file.empty(); }
};

struct CollectorOptions {
  DockerOptions docker;
  PollingOptions poll;
  std::string cluster_name;  // empty: the swarm's own name, else a short identifier
  absl::Duration node_down_after = absl::Seconds(10);
  absl::Duration degraded_after = absl::Seconds(60);
  absl::Duration update_stalled_after = absl::Minutes(5);
  absl::Duration first_start_after = absl::Minutes(5);
  absl::Duration container_calm_after = absl::Seconds(60);
  absl::Duration container_dead_after = absl::Seconds(60);
  // Names of variables and labels whose values are masked, besides those that look secret; globs, in any
  // case.
  std::vector<std::string> mask_names;
  // Names of labels whose changes mean nothing; globs.
  std::vector<std::string> ignored_labels;
  ChangeLogOptions changelog;
  StreamOptions stream;
  std::size_t log_lines = 0;  // of a failed task, for cards; 0: no logs are read
  std::string listen = "0.0.0.0:50051";
  std::string metrics_listen = "0.0.0.0:9464";  // `off` for none
  ServerTlsOptions tls;
  SecretString auth_token;                 // subscribers must give it; empty for none
  std::string auth_token_file;             // where it comes from; empty if it is given itself
  std::optional<RedisStateOptions> redis;  // where the state is kept; in memory only without it
  std::string log_level = "info";
  std::string log_format = "text";
};

// Where loading puts the values before they are checked together.
struct CollectorForm {
  CollectorOptions options;
  SecretString redis_url;
  RedisStateOptions redis;
};

// Every setting of the collector, in the order to show them, and the member of the form that it fills.
SettingsTable DescribeSettings(CollectorForm& form);

// The same without a form.
std::vector<Setting> CollectorSettings();

struct LoadedCollectorOptions {
  CollectorOptions options;
  // For --print-config: YAML that can be loaded again, without any secret.
  std::string printed;
  // What is allowed but perhaps not meant, one sentence each; to be logged.
  std::vector<std::string> warnings;
  Settings settings;  // all of them, with secrets
};

// Reads and checks everything. INVALID_ARGUMENT with every problem, one a line, each with where it is; never
// with a secret.
absl::StatusOr<LoadedCollectorOptions> LoadCollectorOptions(const SettingsInput& input);

}  // namespace swarmbell
