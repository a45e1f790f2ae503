#pragma once

#include <stop_token>
#include <string>

#include "absl/time/time.h"
#include "common/grpc/channel_credentials.h"

namespace swarmbell {

// Why a server and this client do not come together by TLS, for a person and with what to do; empty when that
// cannot be told, or nothing is wrong. gRPC itself says little more than that the connection was closed.
// Makes one connection of its own and no call.
//
// `target` is numeric: `ipv4:10.0.0.1:50051`, `ipv6:[::1]:50051` or `unix:/path`; `server` is the name or
// address that the certificate must be for. Takes at most `limit`, and moments after `stop`.
std::string ProbeTls(const std::string& target, const std::string& server, const ChannelTls& tls,
                     absl::Duration limit, std::stop_token stop);

}  // namespace swarmbell
