#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/file/file.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace swarmbell {

// gRPC's credentials, from PEM files that are reloaded when they change, without a restart: later connections
// use the new files. Files that cannot be used (unreadable, not PEM, cut off, a key that does not belong to
// the certificate) are logged, and the old contents stay in use.

// The PEM files of a server. All empty means no TLS.
struct ServerTls {
  std::string cert_file{};  // the server's certificate, then its chain
  std::string key_file{};
  // If set, only clients whose certificate is signed by one of these CAs can connect.
  std::string client_ca_file{};
  absl::Duration look_every = kFileLookInterval;  // how often the files are checked for changes
};

// How a client connects.
struct ChannelTls {
  // True to use TLS; any file implies it. Without a `ca_file` the system's CAs verify the server.
  bool enabled = false;
  std::string ca_file{};    // CAs that sign the server's certificate; the system's if empty
  std::string cert_file{};  // the client's own certificate and key, for servers that ask for one
  std::string key_file{};
  absl::Duration look_every = kFileLookInterval;

  bool Wanted() const { return enabled || !ca_file.empty() || !cert_file.empty() || !key_file.empty(); }
};

// The credentials of a server, or of a channel: plaintext when no TLS is wanted. Files are checked for
// changes as long as the returned object lives. Errors: INVALID_ARGUMENT for an incomplete set of files, or a
// file that cannot be used; NOT_FOUND and the like for a file that cannot be read. They name the file, never
// its content.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerTls& tls);
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelTls& tls);

}  // namespace swarmbell
