#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace swarmbell {

// Sets up spdlog's default logger on stderr. `level` is trace, debug, info, warn, error or off; `format` is
// text or json (one object a line with time, level, logger, message). INVALID_ARGUMENT for other values.
//
// A log that nobody reads never holds up the program: lines are dropped and counted instead.
//
// Log lines are one sentence, then fields as `name=value`, values as LogValue() writes them.
absl::Status InitLogging(const std::string& process, const std::string& level, const std::string& format);

// Changes the level of the logger that InitLogging() set up; a text that is no level changes nothing.
void SetLogLevel(const std::string& level);

// How many log lines this process has dropped because nobody read standard error.
std::uint64_t DroppedLogLines();

}  // namespace swarmbell
