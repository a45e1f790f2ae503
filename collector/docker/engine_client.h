#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace swarmbell {

// Which engine to read, and the timeouts. The first four mean what Docker's own variables mean.
struct EngineOptions {
  // DOCKER_HOST: `unix:///path`, `tcp://host:port`, `http://…` or `https://…`.
  std::string host = "unix:///var/run/docker.sock";
  // DOCKER_TLS_VERIFY: speak TLS over TCP and verify the engine's certificate.
  bool tls_verify = false;
  // DOCKER_CERT_PATH: the folder with ca.pem, cert.pem and key.pem; empty for the system's authorities and no
  // client certificate. Without `tls_verify` it still means TLS, but the engine's certificate is not
  // verified.
  std::string cert_path = {};
  // DOCKER_API_VERSION: use this version, for example `1.41`; empty to agree on the newest that both support.
  std::string api_version = {};

  // A longer answer is refused: that is about 40,000 tasks. One that never ends then still fits into the
  // 256 MiB that the stacks in compose/ give a collector.
  std::size_t max_body_bytes = std::size_t{128} << 20;
  absl::Duration connect_timeout = absl::Seconds(5);
  // For lists that managers answer from the swarm's shared state: longer than the 20 seconds after which a
  // manager that waits for its leader gives up by itself.
  absl::Duration swarm_timeout = absl::Seconds(25);
  // For lists that the engine answers alone: `/containers/json` and `/version`.
  absl::Duration local_timeout = absl::Seconds(15);
  // For the log of a task, which the manager asks of the task's node.
  absl::Duration log_timeout = absl::Seconds(2);
};

// The endpoints of the Docker Engine API that the collector reads.
enum class Endpoint {
  kInfo,
  kServices,
  kNodes,
  kTasks,
  kContainers,
  kNetworks,
  kSecrets,
  kConfigs,
  kSwarm,
  kTaskLog
};
// Those that are read again and again.
inline constexpr Endpoint kEndpoints[] = {Endpoint::kInfo,       Endpoint::kServices, Endpoint::kNodes,
                                          Endpoint::kTasks,      Endpoint::kNetworks, Endpoint::kSecrets,
                                          Endpoint::kContainers, Endpoint::kConfigs,  Endpoint::kSwarm};

// True for an endpoint that is read only when its answer may have changed. A proxy may forbid it: only the
// changes of these objects are then not found.
inline bool IsOptional(Endpoint endpoint) {
  return endpoint == Endpoint::kNetworks || endpoint == Endpoint::kSecrets ||
         endpoint == Endpoint::kConfigs || endpoint == Endpoint::kSwarm;
}

// The path without the API version, for example `/services`.
std::string EndpointPath(Endpoint endpoint);

// A request for the whole list of an endpoint, or for a part of it.
struct EngineQuery {
  // NOLINTNEXTLINE(google-explicit-constructor): every endpoint is one
  EngineQuery(Endpoint whole) : endpoint(whole) {}
  EngineQuery(Endpoint part, std::vector<std::string> services)
      : endpoint(part), service_ids(std::move(services)) {}

  Endpoint endpoint;
  // If there are any, only these services (of /services), or only their tasks (of /tasks). The engine answers
  // 404 for the tasks of a removed service, and leaves out a removed service. Identifiers with other
  // characters than letters and digits are INVALID_ARGUMENT. For kTaskLog: the one task.
  std::vector<std::string> service_ids;
};

// Receives the body of a 200 answer as it arrives, piece by piece; an error ends the reading.
using OnBody = absl::FunctionRef<absl::Status(std::string_view piece)>;

// A complete 200 answer, whose body has been handed out.
struct EngineAnswer {
  std::size_t body_bytes = 0;
  // The `Server` header: changes when another engine, or another version, answers. May be empty.
  std::string server;
};

struct EngineVersion {
  std::string engine;  // for example `20.10.24`
  std::string api;     // the negotiated version, for example `1.41`
};

// Reads one Docker Engine, and sends nothing but GET.
//
// Thread safety: Get() and FollowEvents() may be called from different threads; each endpoint from one
// thread at a time, except kTaskLog.
// Errors: every result other than a complete 200 answer. FAILED_PRECONDITION when the node is no manager
// (503) or the API is too old, DEADLINE_EXCEEDED, UNAVAILABLE (no connection, 5xx), PERMISSION_DENIED for the
// socket or by a proxy in front of the engine, ABORTED for a truncated body, RESOURCE_EXHAUSTED for one that
// is too large, CANCELLED after a stop. Messages carry the engine's own words and what to do.
class EngineClient {
 public:
  // A client over a unix socket, TCP, or TCP with TLS. It does not connect yet. The API version is agreed on
  // with the first request, and again after a connection was lost, when the engine refuses the version, and
  // when another engine version answers.
  // Errors: those of FindEngine(), and INVALID_ARGUMENT for an `api_version` that is malformed or not
  // supported.
  static absl::StatusOr<std::unique_ptr<EngineClient>> Create(EngineOptions options);

  virtual ~EngineClient() = default;

  // Agrees on an API version if that has not been done, then reads. The body that `on_body` received is valid
  // only if OK is returned. An error of `on_body` is returned unchanged. A stop request ends the call at
  // once.
  virtual absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, OnBody on_body,
                                           std::stop_token stop) = 0;

  // Calls `on_event` for each line of the event stream (all kinds of objects that are watched) until it ends
  // or `stop` is requested; first with an empty line, when the engine has opened the stream. Returns
  // CANCELLED after a stop, otherwise why the stream ended.
  virtual absl::Status FollowEvents(absl::FunctionRef<void(std::string_view line)> on_event,
                                    std::stop_token stop) = 0;

  // The agreed version; empty strings until the first good Get().
  virtual EngineVersion Version() const = 0;
};

}  // namespace swarmbell
