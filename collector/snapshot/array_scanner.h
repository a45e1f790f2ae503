#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace swarmbell {

// Nothing that the engine sends is nested deeper; a bound keeps every later recursion safe.
inline constexpr int kMaxJsonDepth = 64;

// Splits a JSON array of objects into the bytes of its objects, without parsing those: an unchanged object
// can then be told by its bytes. An empty list is `[]` on every engine from 17.05 on; `null` is no list.
//
// Sees whether the array is whole and its brackets match; what is inside an object is for a parser to judge.
// INVALID_ARGUMENT says at which byte the text stops making sense.
absl::StatusOr<std::vector<std::string_view>> SplitArray(std::string_view body);

}  // namespace swarmbell
