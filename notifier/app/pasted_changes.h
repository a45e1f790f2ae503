#pragma once

#include <istream>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Reads changes in any form that a person may have, one JSON value after the other, each as soon as it is
// complete: a ChangeEvent, an answer of ListChanges, answers of Subscribe, a request of Preview, or a list of
// these. Answers of Subscribe without changes are skipped. Returns the number of changes handed on.
//
// INVALID_ARGUMENT for anything else, with the reason; RESOURCE_EXHAUSTED for a value of more than 16 MiB.
// The changes before it have been handed on by then.
absl::StatusOr<int> ReadPastedChanges(std::istream& in, absl::FunctionRef<void(const v1::ChangeEvent&)> tell);

}  // namespace swarmbell
