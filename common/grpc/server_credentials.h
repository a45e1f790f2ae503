#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/watch/file_watch.h"
#include "grpcpp/security/server_credentials.h"

namespace swarmbell {

// PEM files of a server. All empty means no TLS.
struct ServerTls {
  std::string cert_file{};  // the server's certificate, then its chain
  std::string key_file{};
  // When set, only clients whose certificate these authorities vouch for may connect.
  std::string client_ca_file{};
  absl::Duration look_every = kFileLookInterval;
};

// The credentials of a server. The files are read again when they change, without a restart, as long as the
// returned object lives: later connections use the new files; files that cannot be used are logged, and the
// old ones stay in use. Errors: INVALID_ARGUMENT for an incomplete set or a file that is not PEM, NOT_FOUND,
// PERMISSION_DENIED; they name the file.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerTls& tls);

}  // namespace swarmbell
