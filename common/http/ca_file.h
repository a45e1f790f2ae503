#pragma once

#include <string>

#include "common/http/http_client.h"

namespace swarmbell {

// The file of CA certificates that servers are verified by: the configured one, else the system's as libcurl
// was built to know it. Empty if libcurl knows none, or nothing is verified.
std::string CaFileOf(const HttpTls& tls);

// Differs when the file has been written anew or another has taken its place, as far as its metadata tell;
// empty when there is none. Costs one system call.
std::string FileVersion(const std::string& path);

}  // namespace swarmbell
