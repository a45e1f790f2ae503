#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "collector/changelog/change_log.h"
#include "collector/docker/engine_client.h"
#include "collector/poll/poll_options.h"
#include "common/redis/redis_options.h"
#include "common/settings/setting.h"
#include "common/settings/settings.h"

namespace swarmbell {

struct StreamOptions {
  std::size_t max_subscribers = 64;
  absl::Duration progress_interval = absl::Seconds(5);
};

// TLS of the gRPC server: off without a certificate.
struct ServerTlsOptions {
  std::string cert_file;
  std::string key_file;
  std::string client_ca_file;             // clients must show a certificate that this CA signed
  std::vector<std::string> client_names;  // and that has one of these names, globs; any if empty
  bool plaintext = false;                 // serving others without TLS is intended

  bool Enabled() const { return !cert_file.empty(); }
};

struct CollectorOptions {
  EngineOptions docker;
  PollOptions poll;
  MemoryChangeLogOptions changelog;
  StreamOptions stream;
  std::size_t log_lines = 0;  // of a failed task, for cards; 0: no logs are read
  std::string listen = "0.0.0.0:50051";
  std::string metrics_listen = "0.0.0.0:9464";  // `off` for none
  ServerTlsOptions tls;
  SecretString auth_token;                 // subscribers must send it; empty for none
  std::string auth_token_file;             // the file it comes from; empty if it is given itself
  std::optional<RedisStateOptions> redis;  // keeps the state; it is in memory only without
  std::string log_level = "info";
  std::string log_format = "text";
};

// The values as they are loaded, before they are checked together.
struct CollectorForm {
  CollectorOptions options;
  SecretString redis_url;
  RedisStateOptions redis;
};

// Returns every setting of the collector, in the order of the help, with the member of the form that it
// fills.
SettingsTable DescribeSettings(CollectorForm& form);

// The same, for the help: without a form.
std::vector<Setting> CollectorSettings();

struct LoadedCollectorOptions {
  CollectorOptions options;
  // For --print-config: YAML that can be loaded again, without any secret.
  std::string printed;
  // Sentences to log, about settings that are allowed but may not be intended.
  std::vector<std::string> warnings;
  Settings settings;  // all of them, with secrets
};

// Reads and checks all settings. INVALID_ARGUMENT with every problem, one a line, each with its location;
// never with a secret.
absl::StatusOr<LoadedCollectorOptions> LoadCollectorOptions(const SettingsInput& input);

}  // namespace swarmbell
