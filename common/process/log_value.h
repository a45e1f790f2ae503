#pragma once

#include <string>
#include <string_view>

namespace swarmbell {

// The value of a field of a log line, `name=value`, so that a program can read it back: as it is when it is
// one plain word, else in double quotes with `"` and `\` escaped by a `\`. Line ends and other control
// characters are escaped by the formatters. Pure.
std::string LogValue(std::string_view value);

}  // namespace swarmbell
