#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "notifier/cards/card.h"

namespace swarmbell::cards {

// How much of a card is shown.
struct CardLimits {
  std::size_t sections = 12;
  std::size_t rows = 24;          // of each section
  std::size_t value_chars = 320;  // of each value; a quote may have twice as many
};

inline constexpr std::size_t kMaxTitleChars = 150;
inline constexpr std::size_t kMaxSubtitleChars = 600;

// Returns the card with every text safe to show (see Printable) and within the limits. Cuts are visible: a
// cut value ends in `…`, a section counts its omitted fields, and omitted sections become a line. If both
// sides of a change are cut, they are cut around their first difference.
Card Trim(const Card& card, const CardLimits& limits);

// The largest rendering of at most `max_bytes`, from a card that is cut ever shorter; the shortest if none
// fits.
std::string FitCard(const Card& card, std::size_t max_bytes,
                    const std::function<std::string(const Card&)>& render);

// `… and 37 more environment variables; see docker service inspect shop_api`
std::string LeftOut(std::size_t count, const std::string& noun, const std::string& inspect);

}  // namespace swarmbell::cards
