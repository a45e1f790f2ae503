#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace swarmbell {

// PEM files of one end of a connection; all may be empty, the certificate and its key only together.
struct PemFiles {
  std::string cert_file;  // a certificate, then its chain
  std::string key_file;
  std::string ca_file;  // authorities that vouch for the other end
};

// The checked contents of the files, because gRPC only logs errors in them.
struct PemContents {
  std::string cert;
  std::string key;
  std::string ca;
};

// Errors: INVALID_ARGUMENT for a certificate that does not belong to the key, or for a file that holds
// something else or only a part; they name the role and the file, never its content.
absl::Status CheckPem(const PemFiles& files, const PemContents& contents);

// Reads and checks. Errors also: NOT_FOUND or PERMISSION_DENIED for a file that cannot be read.
absl::StatusOr<PemContents> ReadPem(const PemFiles& files);

}  // namespace swarmbell
