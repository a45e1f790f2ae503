#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Reads changes in any form that a person may have, one JSON value after the other, each as soon as it is
// complete: a ChangeEvent, an answer of ListChanges, answers of Subscribe, a request of Preview, or a list of
// these. Answers of Subscribe without changes are skipped. Returns the number of changes handed on.
//
// INVALID_ARGUMENT for anything else, with the reason; RESOURCE_EXHAUSTED for a value of more than 16 MiB.
// The changes before it have been handed on by then.
absl::StatusOr<int> ReadPastedChanges(std::istream& in, absl::FunctionRef<void(const v1::ChangeEvent&)> tell);

// Writes, for a person, what would become of the changes in `file`: the rule that matches, why the others do
// not, what each stage of the pipeline does with the change after those before it, where the alert goes and
// its card. Mutes are in force as at `now`; the stages go by when the changes were observed. `file` holds
// what ReadPastedChanges() takes; `-` reads `in` instead, and tells each change when it comes. Errors name
// the file: INVALID_ARGUMENT, or why it cannot be read.
absl::Status Explain(const std::string& file, std::istream& in, const NotifierConfig& config,
                     const TerminalStyle& style, absl::Time now, std::ostream& out);

}  // namespace swarmbell
