#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace swarmbell {

// Finds where something stands in a list by its hash, which must be a good one: a table of 8 bytes a place
// that is made in one go. One thread.
class HashPlaces {
 public:
  // For so many places at most; fewer than 2^31.
  explicit HashPlaces(std::size_t most) : slots_(std::bit_ceil(2 * most + 1), kNone) {}

  void Add(std::uint64_t hash, std::size_t place) {
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at] != kNone) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::uint32_t>(place);
  }

  // The first place of this hash for which `is_it` holds; `none` if there is no such place.
  template <typename IsIt>
  std::size_t Find(std::uint64_t hash, std::size_t none, IsIt is_it) const {
    for (std::size_t at = hash & (slots_.size() - 1); slots_[at] != kNone;
         at = (at + 1) & (slots_.size() - 1)) {
      if (is_it(slots_[at])) return slots_[at];
    }
    return none;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::uint32_t> slots_;  // at most half of them taken
};

}  // namespace swarmbell
