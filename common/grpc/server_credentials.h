#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"

namespace swarmbell {

// How often certificate files are looked at again: a rotated file serves connections made after that.
inline constexpr int kCertificateRefreshSeconds = 60;

// PEM files of a server. All empty means no TLS.
struct ServerTls {
  std::string cert_file{};  // the server's certificate, then its chain
  std::string key_file{};
  // When set, only clients whose certificate these authorities vouch for may connect.
  std::string client_ca_file{};
  int refresh_seconds = kCertificateRefreshSeconds;
};

// What a server listens with. The files are read again when they change, without a restart; replace a
// certificate and its key together, for while they do not match new connections fail. Errors:
// INVALID_ARGUMENT for an incomplete set or a file that is no PEM, NOT_FOUND, PERMISSION_DENIED; they name
// the file.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerTls& tls);

}  // namespace swarmbell
