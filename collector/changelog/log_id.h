#pragma once

#include <string>

namespace swarmbell {

// A fresh identity for a log: 128 random bits as 32 hexadecimal digits.
std::string NewLogId();

}  // namespace swarmbell
