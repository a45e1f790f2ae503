#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/grpc/credentials.h"
#include "grpcpp/impl/service_type.h"

namespace swarmbell {

// A running gRPC server with `grpc.health.v1` and server reflection, which both need no token: a health check
// must work without a secret, and reflection shows only the published protos. With a client CA, TLS protects
// both like everything else.
//
// Limits: requests of 4 MiB, 100 concurrent calls on a connection, 64 MiB of buffers and 64 threads in all (a
// reflection call beyond these is answered with RESOURCE_EXHAUSTED). Clients may ping every 10 seconds; the
// server pings silent ones every 30 and drops those that do not answer within 10. A connection has 10 seconds
// to be set up, and is closed after 10 seconds without a call.
//
// Thread-safe, except for the destructor.
class GrpcServer {
 public:
  // Listens on `host:port`; port 0 lets the system choose. The services must outlive the server. The whole
  // server (service "") is reported as serving; see SetServing. Errors: as MakeServerCredentials, and
  // UNAVAILABLE when it cannot listen on the address.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const std::string& listen, const ServerTls& tls,
                                                           const std::vector<grpc::Service*>& services);

  // Cancels calls in progress and waits for their end.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  int Port() const;

  // Sets the health of a service; "" is the whole server. Watchers are notified of changes only.
  void SetServing(const std::string& service, bool serving);

  // Reports to health checks that nothing is served, accepts no new calls, waits up to `grace` for those in
  // progress, cancels the rest, and returns when all have ended. Only the first call has an effect.
  void Shutdown(absl::Duration grace);

 private:
  struct Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

// Calls `grpc.health.v1.Health/Check` of a server; `service` empty means the whole server. OK when it serves;
// FAILED_PRECONDITION when it answers that it does not; NOT_FOUND when it does not know the service;
// otherwise why there was no answer within `timeout`. Errors name the target.
absl::Status CheckHealth(const std::string& target, const ChannelTls& tls, absl::Duration timeout,
                         const std::string& service = "");

// The target by which a server that listens on `listen` is reached from its own machine: the same address,
// with a wildcard host replaced by the loopback address.
std::string LocalTarget(const std::string& listen);

}  // namespace swarmbell
