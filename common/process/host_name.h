#pragma once

#include <string>

namespace swarmbell {

// The name of the machine, or of the container, that this process runs on; `fallback` if it has none.
std::string OwnHostName(const std::string& fallback);

}  // namespace swarmbell
