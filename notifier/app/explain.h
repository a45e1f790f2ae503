#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// Writes, for a person, what would become of the changes in `file`: the rule that matches, why the others do
// not, what each stage of the pipeline does with the change after those before it, where the alert goes and
// its card. Mutes are in force as at `now`; the stages go by when the changes were observed. `file` holds
// what ReadPastedChanges() takes; `-` reads `in` instead, and tells each change when it comes. Errors name
// the file: INVALID_ARGUMENT, or why it cannot be read.
absl::Status Explain(const std::string& file, std::istream& in, const NotifierConfig& config,
                     const TerminalStyle& style, absl::Time now, std::ostream& out);

}  // namespace swarmbell
