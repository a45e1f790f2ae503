#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "collector/docker/engine_options.h"
#include "common/http/http_client.h"

namespace swarmbell {

// Where an engine is, in the HTTP client's terms.
struct EngineAddress {
  std::string display_name;  // `the Docker Engine at unix:///var/run/docker.sock`
  std::string base_url;      // without a slash at the end
  std::string unix_socket;   // empty for TCP
  HttpTls tls;
};

// Understands a host as Docker's own client does. INVALID_ARGUMENT, saying what to write instead, for a host
// that this program cannot use; FAILED_PRECONDITION when a file of `cert_path` cannot be read.
absl::StatusOr<EngineAddress> FindEngine(const EngineOptions& options);

// Advice for a person when no connection to the engine could be made; empty if there is none.
std::string ConnectionAdvice(const EngineAddress& address);

}  // namespace swarmbell
