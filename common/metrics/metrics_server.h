#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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
  // Listens on `host:port`: an IPv6 host is in brackets, an empty host means every address, and port 0 lets
  // the system choose. `metrics` must outlive the server. `health` is called on the server's thread, must be
  // thread-safe and quick, and returns why the process is not healthy; its message is shown to any caller.
  // Errors: INVALID_ARGUMENT for an address of another form, UNAVAILABLE when the system refuses it, or the
  // HTTP server does not start. They name the address.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const std::string& listen,
                                                              const Metrics& metrics,
                                                              std::function<absl::Status()> health);

  // Aborts responses in progress.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  int Port() const;

 private:
  struct Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace swarmbell
