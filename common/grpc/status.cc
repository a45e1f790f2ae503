#include "common/grpc/status.h"

#include <string>

namespace swarmbell {
namespace {

// Codes that are not published are UNKNOWN.
int KnownCode(int code) {
  constexpr int kLast = 16;  // UNAUTHENTICATED
  constexpr int kUnknown = 2;
  return code >= 0 && code <= kLast ? code : kUnknown;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(KnownCode(status.raw_code())),
                      std::string(status.message()));
}

absl::Status ToAbslStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(KnownCode(status.error_code())), status.error_message());
}

}  // namespace swarmbell
