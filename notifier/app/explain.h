#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/silence.pb.h"

namespace swarmbell {

// Writes, for a person, the outcome of the changes in `file`: the rule that matches, why the others do not,
// what each stage of the pipeline does with the change after those before it, where the alert is posted, and
// its card. Mutes are in force as at `now`; the stages use the times at which the changes were observed.
//
// `file` holds changes in any form that a person may have: a ChangeEvent, an answer of ListChanges, answers
// of Subscribe, a request of Preview, or a list of these, as JSON. `-` reads `in` instead, and explains each
// change as soon as it is complete. Errors name the file: INVALID_ARGUMENT, RESOURCE_EXHAUSTED for a JSON
// value of more than 16 MiB, or the reason why the file cannot be read.
//
// A file with an error is not explained in part. `silences` returns those in force; it is called once, before
// the first change is explained, and never for a file with an error.
absl::Status Explain(const std::string& file, std::istream& in, const NotifierConfig& config,
                     const TerminalStyle& style, absl::Time now, std::ostream& out,
                     const std::function<std::vector<v1::Silence>()>& silences = {});

}  // namespace swarmbell
