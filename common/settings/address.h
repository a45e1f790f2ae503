#pragma once

#include <optional>
#include <string>

namespace swarmbell {

// The error in `host:port` as an address to listen on; unset if it is valid. Port 0 takes any free port.
std::optional<std::string> ListenAddressProblem(const std::string& address);

// The error in a gRPC target to connect to (`host:port`, `dns:///host:port`, `unix:/path`); unset if it is
// valid.
std::optional<std::string> TargetProblem(const std::string& target);

// True if traffic to or from this address stays on this machine: `localhost`, 127.0.0.1 and its like, ::1, a
// unix socket; with or without a port, or `dns:` and the like before it.
bool StaysOnThisMachine(const std::string& address);

}  // namespace swarmbell
