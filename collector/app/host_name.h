#pragma once

#include <string>

namespace swarmbell {

// The name of the machine, or of the container, that this process runs on; `collector` if it has none.
std::string OwnHostName();

}  // namespace swarmbell
