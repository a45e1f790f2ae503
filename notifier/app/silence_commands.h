#pragma once

#include <optional>
#include <ostream>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/program/program.h"
#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/silence.pb.h"

namespace swarmbell {

// The flags --silence, --silences and --unsilence: they ask the notifier that runs on this machine with the
// same configuration.

// Does what one of these flags asks for and returns the exit code; nothing when none was given.
std::optional<int> RunSilenceCommand(const CommandLine& line, const NotifierConfig& config,
                                     std::ostream& out);

// The silences of the notifier that runs here. UNAVAILABLE within a second if none does.
absl::StatusOr<std::vector<v1::Silence>> AskForSilences(const NotifierConfig& config);

}  // namespace swarmbell
