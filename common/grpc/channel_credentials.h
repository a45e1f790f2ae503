#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/watch/file_watch.h"
#include "grpcpp/security/credentials.h"

namespace swarmbell {

// How a client connects.
struct ChannelTls {
  // True to use TLS. Set when any file is given; set alone, the system's authorities verify the server.
  bool enabled = false;
  std::string ca_file{};    // the server's authorities; the system's if empty
  std::string cert_file{};  // the client's own certificate and key, for servers that ask for one
  std::string key_file{};
  absl::Duration look_every = kFileLookInterval;  // for changes of the files

  bool Wanted() const { return enabled || !ca_file.empty() || !cert_file.empty() || !key_file.empty(); }
};

// The credentials of a channel; plaintext when no TLS is wanted. The files are read again when they change,
// as long as the returned object lives; see MakeServerCredentials, also for errors.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelTls& tls);

}  // namespace swarmbell
