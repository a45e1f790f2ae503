#pragma once

#include <istream>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Reads changes as a person has them at hand, one JSON value after the other, each as soon as it is whole: a
// ChangeEvent, an answer of ListChanges, the answers of Subscribe, a request of Preview, or a list of these.
// What of Subscribe's answers tells no change is passed over. Returns how many changes were told.
//
// INVALID_ARGUMENT for anything else, with why; RESOURCE_EXHAUSTED for a value of more than 16 MiB. What came
// before it has been told then.
absl::StatusOr<int> ReadPastedChanges(std::istream& in, absl::FunctionRef<void(const v1::ChangeEvent&)> tell);

}  // namespace swarmbell
