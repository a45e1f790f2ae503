#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "collector/docker/engine_client.h"
#include "common/http/http_client.h"

namespace swarmbell {

// The address of an engine, in the HTTP client's terms.
struct EngineAddress {
  std::string display_name;  // `the Docker Engine at unix:///var/run/docker.sock`
  std::string base_url;      // without a slash at the end
  std::string unix_socket;   // empty for TCP
  HttpTls tls;
};

// Parses a host as Docker's own client does. INVALID_ARGUMENT, with what to write instead, for a host that
// this program cannot use; FAILED_PRECONDITION when a file of `cert_path` cannot be read.
absl::StatusOr<EngineAddress> FindEngine(const EngineOptions& options);

// Advice for a person after a failed connection to the engine.
std::string ConnectionAdvice(const EngineAddress& address);

}  // namespace swarmbell
