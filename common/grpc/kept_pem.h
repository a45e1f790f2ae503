#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/grpc/memory_file.h"
#include "common/grpc/pem_files.h"
#include "common/watch/file_watch.h"
#include "grpcpp/security/tls_certificate_provider.h"

namespace swarmbell {

// PEM files as gRPC sees them: read again when they change, but only once they are whole, good and belong
// together. gRPC's own watcher would take whatever is there, so it gets copies in memory. Files are watched
// as long as the object lives.
class KeptPem {
 public:
  // Errors: as ReadPem, and INTERNAL when there is no memory for the copies.
  static absl::StatusOr<std::shared_ptr<KeptPem>> Load(const PemFiles& files, absl::Duration look_every);

  std::shared_ptr<grpc::experimental::CertificateProviderInterface> Provider() const;

 private:
  explicit KeptPem(PemFiles files) : files_(std::move(files)) {}
  absl::Status Take(const std::vector<std::string>& present);
  void Watch(const PemContents& contents, absl::Duration look_every);

  const PemFiles files_;
  MemoryFile identity_;  // the key, then the certificates: gRPC reads both from one file
  MemoryFile authorities_;
  std::unique_ptr<FileWatch> watch_;  // last: uses everything above
};

}  // namespace swarmbell
