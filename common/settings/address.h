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

}  // namespace swarmbell
