#pragma once

#include <optional>
#include <string>

namespace swarmbell {

// What is wrong with `host:port` as an address to listen on; nothing if it is fine. Port 0 takes any free
// port.
std::optional<std::string> ListenAddressProblem(const std::string& address);

// What is wrong with a gRPC target to connect to (`host:port`, `dns:///host:port`, `unix:/path`); nothing if
// it is fine.
std::optional<std::string> TargetProblem(const std::string& target);

// Whether what is sent to this address, or comes in on it, stays on this machine: `localhost`, 127.0.0.1 and
// its like, ::1, a unix socket; with or without a port, or `dns:` and the like before it.
bool StaysOnThisMachine(const std::string& address);

}  // namespace swarmbell
