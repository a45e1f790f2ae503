#include "collector/app/health_check.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/grpc/grpc_server.h"
#include "common/http/http_client.h"

namespace swarmbell {

absl::Status CheckOwnHealth(const CollectorOptions& options) {
  constexpr absl::Duration kPatience = absl::Seconds(5);
  if (!options.tls.Enabled()) return CheckHealth(LocalTarget(options.listen), {}, kPatience);
  if (options.metrics_listen == "off") {
    return absl::FailedPreconditionError(
        "with TLS the health check needs the metrics' server: set metrics.listen to an address");
  }
  HttpClient http;
  HttpRequest request;
  request.display_name = "the collector's metrics server";
  request.url = absl::StrCat("http://", LocalTarget(options.metrics_listen), "/healthz");
  request.timeout = kPatience;
  return http.Send(request).status();
}

}  // namespace swarmbell
