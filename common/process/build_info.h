#pragma once

#include <string>

namespace swarmbell {

// The version from CMake's project(), for example `0.1.0`.
std::string BuildVersion();

// One line for --version: name, version, compiler, and the versions of the libraries in use.
std::string BuildDescription(const std::string& program);

}  // namespace swarmbell
