#include "common/grpc/grpc_server.h"

#include <map>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/grpc/status.h"
#include "common/sync/mutex.h"
#include "google/protobuf/message.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace swarmbell {

struct GrpcServer::Impl {
  std::shared_ptr<grpc::ServerCredentials> credentials;  // watches its files
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::once_flag shut_down;
  Mutex mutex;
  std::map<std::string, bool> serving ABSL_GUARDED_BY(mutex);  // as reported last
};

namespace {

constexpr int kMaxRequestBytes = 4 << 20;
constexpr int kMaxCallsPerConnection = 100;
// Reflection and NotifierService hold a thread for each call; the feed and health checks hold none. Bounded,
// so that callers cannot use up the threads that the program itself needs.
constexpr int kMaxThreads = 64;
constexpr std::size_t kMaxBufferBytes = std::size_t{64} << 20;
// Clients may ping every 10 s; the second less is for timers that run early.
constexpr int kMinClientPingMs = 9000;
constexpr int kPingMs = 30000;
constexpr int kPingTimeoutMs = 10000;
// A connection without a call is closed after this long. Short, so that a client whose calls are refused
// presents its certificate again between two attempts.
constexpr int kIdleMs = 10'000;
// A connection that has not completed its handshakes is closed after this long.
constexpr int kHandshakeMs = 10'000;

void SetUpPluginsOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Keeps the health protocol's descriptor in every program that links a server.
    google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetResourceQuota(grpc::ResourceQuota("server").Resize(kMaxBufferBytes).SetMaxThreads(kMaxThreads));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCallsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinClientPingMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  // Otherwise a second server on the same port would start and share its connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const std::string& listen, const ServerTls& tls,
                                                              const std::vector<grpc::Service*>& services) {
  const auto credentials = MakeServerCredentials(tls);
  if (!credentials.ok()) return credentials.status();
  SetUpPluginsOnce();
  grpc::ServerBuilder builder;
  SetLimits(builder);
  auto impl = std::make_unique<Impl>();
  impl->credentials = *credentials;
  builder.AddListeningPort(listen, impl->credentials, &impl->port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr || impl->port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot serve gRPC on \"", listen,
                                               "\": cannot listen on the address (in use, or not one of this "
                                               "machine's); choose another host:port"));
  }
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

int GrpcServer::Port() const { return impl_->port; }

void GrpcServer::SetServing(const std::string& service, bool serving) {
  const MutexLock lock(impl_->mutex);
  const auto [reported, is_new] = impl_->serving.try_emplace(service, serving);
  // gRPC would notify watchers of each call, also of the same state.
  if (!is_new && std::exchange(reported->second, serving) == serving) return;
  grpc::HealthCheckServiceInterface* health = impl_->server->GetHealthCheckService();
  if (health != nullptr) health->SetServingStatus(service, serving);
}

void GrpcServer::Shutdown(absl::Duration grace) {
  std::call_once(impl_->shut_down, [&] {
    grpc::HealthCheckServiceInterface* health = impl_->server->GetHealthCheckService();
    if (health != nullptr) health->Shutdown();
    impl_->server->Shutdown(absl::ToChronoTime(absl::Now() + grace));
    impl_->server->Wait();
  });
}

absl::Status CheckHealth(const std::string& target, const ChannelTls& tls, absl::Duration timeout,
                         const std::string& service) {
  const auto credentials = MakeChannelCredentials(tls);
  if (!credentials.ok()) return credentials.status();
  using grpc::health::v1::HealthCheckResponse;
  const auto stub = grpc::health::v1::Health::NewStub(grpc::CreateChannel(target, *credentials));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  const absl::Status status = ToAbslStatus(stub->Check(&context, request, &response));
  if (!status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat("cannot ask ", target, " for its health: ", status.message()));
  }
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
