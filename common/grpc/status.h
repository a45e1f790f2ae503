#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace swarmbell {

// The two kinds of status carry the same codes (google/rpc/code.proto); a code that is not among them becomes
// UNKNOWN. The message stays; payloads and details are dropped.
grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status ToAbslStatus(const grpc::Status& status);

}  // namespace swarmbell
