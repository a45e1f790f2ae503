#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/grpc/server_credentials.h"
#include "grpcpp/impl/service_type.h"

namespace swarmbell {

// A running gRPC server with `grpc.health.v1` and server reflection.
//
// Neither asks for a token: a health check must work without a secret, and reflection tells only what the
// published protos tell. With a client CA, TLS guards both like everything else.
//
// Limits: requests of 4 MiB, 100 calls at once on a connection, 64 MiB of buffers and 64 threads in all (a
// call of reflection beyond these is answered with RESOURCE_EXHAUSTED). Clients may ping
// every 10 seconds; the server pings silent ones every 30 and drops those that do not answer within 10.
// A connection may take 10 seconds to be set up, and is closed when it carried no call for as long.
//
// Thread-safe, but for the destructor.
class GrpcServer {
 public:
  // Listens on `host:port`; port 0 lets the system choose. The services must outlive the server. The whole
  // server (service "") is told as serving; see SetServing. Errors: as MakeServerCredentials, and UNAVAILABLE
  // when the address cannot be had.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const std::string& listen, const ServerTls& tls,
                                                           const std::vector<grpc::Service*>& services);

  // Cancels calls in progress and waits for their end.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  int Port() const;

  // Sets the health of a service; "" is the whole server. Watchers are notified of changes only.
  void SetServing(const std::string& service, bool serving);

  // Tells health checks that nothing is served, takes no new calls, lets those in progress go on for `grace`,
  // cancels the rest, and returns when all have ended. Only the first call has an effect.
  void Shutdown(absl::Duration grace);

 private:
  struct Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace swarmbell
