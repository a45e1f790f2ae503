#pragma once

#include <optional>
#include <ostream>
#include <vector>

#include "common/program/program.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The notifier's own flags: --preview, --explain and --test-alert.
std::vector<Flag> CommandFlags();

// Does what one of these flags asks for and returns the exit code; nothing when none was given.
std::optional<int> RunCommand(const CommandLine& line, const NotifierConfig& config, std::ostream& out);

}  // namespace swarmbell
