#include "common/grpc/health_check.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/grpc/status.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"

namespace swarmbell {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

absl::Status Explain(const std::string& target, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat("cannot ask ", target, " for its health: ", status.message()));
}

}  // namespace

absl::Status CheckHealth(const std::string& target, const ChannelTls& tls, absl::Duration timeout,
                         const std::string& service) {
  const auto credentials = MakeChannelCredentials(tls);
  if (!credentials.ok()) return credentials.status();
  const auto stub = Health::NewStub(grpc::CreateChannel(target, *credentials));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  const absl::Status status = ToAbslStatus(stub->Check(&context, request, &response));
  if (!status.ok()) return Explain(target, status);
  if (response.status() == HealthCheckResponse::SERVING) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(target, " says that it is ", HealthCheckResponse::ServingStatus_Name(response.status())));
}

std::string LocalTarget(const std::string& listen) {
  absl::string_view port = listen;
  if (absl::ConsumePrefix(&port, "0.0.0.0:")) return absl::StrCat("127.0.0.1:", port);
  if (absl::ConsumePrefix(&port, "[::]:")) return absl::StrCat("[::1]:", port);
  if (absl::StartsWith(port, ":")) return absl::StrCat("127.0.0.1", port);
  return listen;
}

}  // namespace swarmbell
