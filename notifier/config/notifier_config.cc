#include "notifier/config/notifier_config.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace swarmbell {

std::string ColorName(Color color) {
  constexpr std::array kNames = {"black", "green", "yellow", "blue", "red"};
  return kNames[static_cast<std::size_t>(color)];
}

std::optional<Color> ParseColor(std::string_view word) {
  for (const Color color : AllColors()) {
    if (ColorName(color) == word) return color;
  }
  return std::nullopt;
}

const std::vector<Color>& AllColors() {
  static const auto* const colors =
      new std::vector<Color>{Color::kBlack, Color::kGreen, Color::kYellow, Color::kBlue, Color::kRed};
  return *colors;
}

Setting OfColors(Setting about) {
  for (const Color color : AllColors()) about.choices.push_back(ColorName(color));
  about.refusal = absl::StrCat("is no colour (", absl::StrJoin(about.choices, ", "), ")");
  return about;
}

std::vector<Color> ColorsOf(const std::vector<std::string>& words) {
  std::vector<Color> colors;
  for (const std::string& word : words) {
    const auto color = ParseColor(word);
    if (color && std::find(colors.begin(), colors.end(), *color) == colors.end()) colors.push_back(*color);
  }
  return colors;
}

}  // namespace swarmbell
