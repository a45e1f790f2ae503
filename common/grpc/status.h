#pragma once

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace swarmbell {

// Conversions between the two kinds of status, which share their codes (google/rpc/code.proto). A code
// outside 0 to 16 becomes UNKNOWN. The message is kept; payloads and details are dropped.

inline int PublishedCode(int code) {
  constexpr int kLast = 16;  // UNAUTHENTICATED
  constexpr int kUnknown = 2;
  return code >= 0 && code <= kLast ? code : kUnknown;
}

inline grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(PublishedCode(status.raw_code())),
                      std::string(status.message()));
}

inline absl::Status ToAbslStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(PublishedCode(status.error_code())),
                      status.error_message());
}

}  // namespace swarmbell
