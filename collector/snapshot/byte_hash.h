#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace swarmbell {

// 128 bits of XXH3: bytes that have the same one are the same.
struct ByteHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const ByteHash&, const ByteHash&) = default;
};

ByteHash ByteHashOf(std::string_view bytes);

}  // namespace swarmbell
