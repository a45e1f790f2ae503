#include "common/settings/nearest.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestWord = 128;  // of longer words only the beginning is compared
constexpr std::size_t kLongestQuote = 80;

}  // namespace

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> older, old(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) old[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({old[j] + 1, row[j - 1] + 1, old[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], older[j - 2] + 1);
    }
    older = old;
    old.swap(row);
  }
  return old[b.size()];
}

std::optional<std::string> Nearest(std::string_view word, const std::vector<std::string>& candidates) {
  word = word.substr(0, kLongestWord);
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance >= best_distance || distance >= candidate.size()) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::optional<std::string> nearest = Nearest(word, candidates);
  return nearest ? absl::StrCat("; did you mean \"", *nearest, "\"?") : std::string();
}

std::string Quoted(std::string_view text) {
  std::string shown(text);
  if (const auto scheme = shown.find("://"); scheme != std::string::npos) {
    shown = shown.substr(0, scheme + 3) + "…";
  } else if (shown.size() > kLongestQuote) {
    shown = absl::CEscape(shown.substr(0, kLongestQuote)) + "…";
    return absl::StrCat("\"", shown, "\"");
  }
  return absl::StrCat("\"", absl::Utf8SafeCEscape(shown), "\"");
}

}  // namespace swarmbell
