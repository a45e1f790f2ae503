#pragma once

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace swarmbell {

// Which engine to read and how patiently. The first four mean what Docker's own variables mean.
struct EngineOptions {
  // DOCKER_HOST: `unix:///path`, `tcp://host:port`, `http://…` or `https://…`.
  std::string host = "unix:///var/run/docker.sock";
  // DOCKER_TLS_VERIFY: speak TLS over TCP and verify the engine's certificate.
  bool tls_verify = false;
  // DOCKER_CERT_PATH: the folder with ca.pem, cert.pem and key.pem; empty for the system's authorities and no
  // client certificate. Without `tls_verify` it still means TLS, but the engine's certificate is not
  // verified.
  std::string cert_path;
  // DOCKER_API_VERSION: use this version, for example `1.41`; empty to agree on the newest that both know.
  std::string api_version;

  // An answer longer than this is refused: 40,000 tasks or so. One that never ends then still fits into the
  // 256 MiB that the stacks in compose/ give a collector.
  std::size_t max_body_bytes = std::size_t{128} << 20;
  absl::Duration connect_timeout = absl::Seconds(5);
  // For lists that managers answer from the swarm's shared state: more than the 20 seconds after which a
  // manager that waits for its leader gives up by itself.
  absl::Duration swarm_timeout = absl::Seconds(25);
  // For lists that the engine answers alone: `/containers/json` and `/version`.
  absl::Duration local_timeout = absl::Seconds(15);
  // For the log of a task, which a manager asks of the task's node.
  absl::Duration log_timeout = absl::Seconds(2);
};

}  // namespace swarmbell
