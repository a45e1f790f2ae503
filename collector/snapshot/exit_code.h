#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace swarmbell {

// An exit code as changes tell it, in 32 bits: Windows uses all of them, and an engine writes its codes as
// numbers of 2^31 and more. Unset for what fits in no 32 bits.
inline std::optional<std::int32_t> ToExitCode(std::int64_t code) {
  if (code < std::numeric_limits<std::int32_t>::min() || code > std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(code));
}

}  // namespace swarmbell
