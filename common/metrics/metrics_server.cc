#include "common/metrics/metrics_server.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

HttpAnswer Health(const absl::Status& health) {
  if (health.ok()) return {.body = "ok\n"};
  return {.status = 503, .body = absl::StrCat(health.message(), "\n")};
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& listen,
                                                                    const Metrics& metrics,
                                                                    std::function<absl::Status()> health) {
  auto server =
      HttpServer::Start({.listen = listen, .purpose = "metrics"},
                        [&metrics, health = std::move(health)](const HttpQuestion& question) -> HttpAnswer {
                          if (question.path == "/healthz") return Health(health());
                          if (question.path != "/metrics")
                            return {.status = 404, .body = "not found; ask for /metrics or /healthz\n"};
                          return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                  .body = metrics.Render() + RenderProcessMetrics()};
                        });
  if (!server.ok()) return server.status();
  return std::unique_ptr<MetricsServer>(new MetricsServer(*std::move(server)));
}

}  // namespace swarmbell
