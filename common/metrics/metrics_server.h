#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/http/http_server.h"
#include "common/metrics/metrics.h"

namespace swarmbell {

// Answers over plain HTTP, from one thread of its own:
//   GET /metrics   200 and the metrics in Prometheus's text format, with the process's own
//   GET /healthz   200 `ok`, or 503 and the reason
// and 404 to other paths, 405 to other methods. At most 32 connections, each closed after 10 idle seconds.
//
// Thread-safe, except for Start and the destructor.
class MetricsServer {
 public:
  // Listens on `listen`; errors as HttpServer's. `metrics` must outlive the server. `health` is called on the
  // server's thread, must be thread-safe and quick, and returns why the process is not healthy; its message
  // is shown to any caller.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const std::string& listen,
                                                              const Metrics& metrics,
                                                              std::function<absl::Status()> health);

  int Port() const { return server_->Port(); }

 private:
  explicit MetricsServer(std::unique_ptr<HttpServer> server) : server_(std::move(server)) {}

  const std::unique_ptr<HttpServer> server_;
};

}  // namespace swarmbell
