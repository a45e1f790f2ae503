#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/nearest.h"
#include "notifier/config/color.h"
#include "notifier/config/readers.h"

namespace swarmbell {

std::vector<Color> ReadColors(const std::vector<std::string>& words, const std::string& where,
                              Problems& problems) {
  std::vector<std::string> names;
  for (const Color color : AllColors()) names.push_back(ColorName(color));
  std::vector<Color> colors;
  for (const std::string& word : words) {
    const auto color = ParseColor(word);
    if (!color) {
      problems.Add(where, absl::StrCat(Quoted(word), " is no colour (", absl::StrJoin(names, ", "), ")",
                                       DidYouMean(word, names)));
    } else if (std::find(colors.begin(), colors.end(), *color) == colors.end()) {
      colors.push_back(*color);
    }
  }
  return colors;
}

void CheckPlaceholders(const std::string& text, const std::vector<std::string>& known,
                       const std::string& where, Problems& problems) {
  for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    if (close == std::string::npos || text[close] != '}' || close == open + 1) continue;
    const std::string word = text.substr(open + 1, close - open - 1);
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    problems.Add(where, absl::StrCat("unknown placeholder {", word, "} (there are {",
                                     absl::StrJoin(known, "} {"), "})", DidYouMean(word, known)));
  }
}

const std::vector<YamlNode>& ListItems(const YamlNode& node, std::string_view name, Problems& problems) {
  if (!node.IsList() && !node.IsNull()) {
    problems.Add(node.Where().append(": ").append(name), "must be a list");
  }
  return node.items;
}

}  // namespace swarmbell
