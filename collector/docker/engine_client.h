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

// The endpoints of the Docker Engine API that the collector reads.
enum class Endpoint { kInfo, kServices, kNodes, kTasks, kNetworks, kContainers, kTaskLog };
// Those that are lists or values and are read again and again.
inline constexpr Endpoint kEndpoints[] = {Endpoint::kInfo,  Endpoint::kServices, Endpoint::kNodes,
                                          Endpoint::kTasks, Endpoint::kNetworks, Endpoint::kContainers};

// The path without the API version, for example `/services`.
std::string_view EndpointPath(Endpoint endpoint);

// A request for the whole list of an endpoint, or for a part of it.
struct EngineQuery {
  // NOLINTNEXTLINE(google-explicit-constructor): every endpoint is one
  EngineQuery(Endpoint whole) : endpoint(whole) {}
  EngineQuery(Endpoint part, std::vector<std::string> services)
      : endpoint(part), service_ids(std::move(services)) {}

  Endpoint endpoint;
  // If there are any, only these services (of /services), or only their tasks (of /tasks). The engine answers
  // 404 for the tasks of a service that is gone, and leaves out a service that is gone. Identifiers that no
  // engine gives are INVALID_ARGUMENT. For kTaskLog: the one task.
  std::vector<std::string> service_ids;
};

// Takes the body of a 200 answer as it arrives, piece by piece; an error ends the reading.
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

// Reads one Docker Engine. Never sends anything but GET.
//
// Thread safety: Get() and FollowEvents() may be called from different threads; each endpoint from one
// thread at a time, except kTaskLog.
// Errors: whatever is not a complete 200 answer: FAILED_PRECONDITION when the node is no manager (503) or
// the API is too old, DEADLINE_EXCEEDED, UNAVAILABLE (no connection, 5xx), PERMISSION_DENIED for the
// socket or by a proxy in front of the engine, ABORTED for a truncated body, RESOURCE_EXHAUSTED for one that
// is too large, CANCELLED after a stop. Messages carry the engine's own words and what to do.
class EngineClient {
 public:
  virtual ~EngineClient() = default;

  // Agrees on an API version if that has not been done, then reads. The body that `on_body` received is valid
  // only if OK is returned. An error of `on_body` is returned unchanged. A stop request ends the call at
  // once.
  virtual absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, OnBody on_body,
                                           std::stop_token stop) = 0;

  // Calls `on_event` for each line of the event stream (service, node and container events) until it ends or
  // `stop` is requested; first with an empty line, when the engine has opened the stream. Returns CANCELLED
  // after a stop, otherwise why the stream ended.
  virtual absl::Status FollowEvents(absl::FunctionRef<void(std::string_view line)> on_event,
                                    std::stop_token stop) = 0;

  // The agreed version; empty strings until the first good Get().
  virtual EngineVersion Version() const = 0;
};

}  // namespace swarmbell
