#pragma once

#include <memory>
#include <string>

#include "grpcpp/channel.h"

namespace swarmbell {

// Asks a server's reflection service and returns the answer's bytes: the reflection protos are not among the
// installed headers, and names in the bytes are what a test looks for.
std::string ReflectServices(const std::shared_ptr<grpc::Channel>& channel);
std::string ReflectFileWithSymbol(const std::shared_ptr<grpc::Channel>& channel, const std::string& symbol);

}  // namespace swarmbell
