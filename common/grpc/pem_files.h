#pragma once

#include <string>

#include "absl/status/status.h"

namespace swarmbell {

// Checks PEM files before gRPC sees them, because gRPC only logs what is wrong with them. Errors: NOT_FOUND
// or PERMISSION_DENIED for a file that cannot be read, INVALID_ARGUMENT for one that holds something else;
// they name the setting's role and the file, never its content.

// A certificate (chain) and the private key that belongs to it.
absl::Status CheckCertificateAndKey(const std::string& cert_file, const std::string& key_file);

// One or more certificates of authorities.
absl::Status CheckAuthorities(const std::string& ca_file);

}  // namespace swarmbell
