#pragma once

#include <optional>
#include <ostream>

#include "common/program/program.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The flag --since, with --until, --stack, --color and --format: lists the changes that the configured
// collectors still have in their logs and writes them as a timeline. Returns the exit code; nothing when none
// of these flags was given. A collector that does not answer is named on standard error; the others' changes
// are written all the same. If nothing changed, standard error says so.
std::optional<int> RunTimelineCommand(const CommandLine& line, const NotifierConfig& config,
                                      std::ostream& out);

}  // namespace swarmbell
