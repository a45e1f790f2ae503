#include "notifier/config/color.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace swarmbell {

std::string ColorName(Color color) {
  switch (color) {
    case Color::kBlack:
      return "black";
    case Color::kGreen:
      return "green";
    case Color::kYellow:
      return "yellow";
    case Color::kBlue:
      return "blue";
    case Color::kRed:
      return "red";
  }
  return "";
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

std::string ReceiverTypeName(ReceiverType type) {
  switch (type) {
    case ReceiverType::kSlack:
      return "slack";
    case ReceiverType::kTeams:
      return "teams";
    case ReceiverType::kConsole:
      return "console";
  }
  return "";
}

}  // namespace swarmbell
