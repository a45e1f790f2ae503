#pragma once

#include "absl/status/status.h"
#include "common/grpc/auth_token.h"
#include "common/grpc/client_names.h"
#include "common/process/throttle.h"
#include "common/time/clock.h"
#include "grpcpp/server_context.h"

namespace swarmbell {

// Decides whether a call may go on: by the name in the client's certificate, and by the token. Refusals are
// logged, for each client and reason once in a while. Thread-safe.
class CallerCheck {
 public:
  // The token and the names may change later: they share what they are copies of. `clock` must outlive this.
  CallerCheck(AuthToken token, ClientNames names, Clock& clock);

  // UNAUTHENTICATED without a certificate where names are asked for, and as CheckAuthToken;
  // PERMISSION_DENIED for a certificate of another name.
  //
  // A certificate's names are its subject alternative names, or its common name when it has none of those.
  absl::Status Check(const grpc::ServerContextBase& context);

 private:
  absl::Status Decide(const grpc::ServerContextBase& context) const;

  const AuthToken token_;
  const ClientNames names_;
  Clock& clock_;
  Throttle told_;
};

}  // namespace swarmbell
