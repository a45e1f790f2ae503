#pragma once

#include <stop_token>
#include <string>

#include "absl/time/time.h"
#include "common/grpc/credentials.h"

namespace swarmbell {

// Why a TLS handshake between a server and this client fails, in words for a person and with advice. Empty
// when nothing is wrong or the reason cannot be found. gRPC itself reports little more than a closed
// connection. Opens one connection of its own and makes no call.
//
// `target` is numeric: `ipv4:10.0.0.1:50051`, `ipv6:[::1]:50051` or `unix:/path`. `server` is the name or
// address that the certificate must be for. Returns after at most `limit`, and within 50 ms of `stop`.
std::string ProbeTls(const std::string& target, const std::string& server, const ChannelTls& tls,
                     absl::Duration limit, std::stop_token stop);

}  // namespace swarmbell
