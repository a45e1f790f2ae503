#pragma once

#include <cstddef>
#include <string>

namespace swarmbell {

// Objects of one list that were passed over because they make no sense: without an identifier, listed twice,
// or with a field of another type.
struct SkippedObjects {
  std::size_t count = 0;
  std::string reason;  // of the first; empty if there is none
};

}  // namespace swarmbell
