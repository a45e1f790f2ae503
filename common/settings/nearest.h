#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swarmbell {

// The number of single-character insertions, removals, replacements and swaps of neighbours that turn one
// word into the other.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The candidate most like `word`, if one is near enough to have been meant; the first of equals.
std::optional<std::string> Nearest(std::string_view word, const std::vector<std::string>& candidates);

// `; did you mean "poll.interval"?`, or nothing if no candidate is near enough.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

// `"text"` for an error message: cut when long, control characters made visible, and only the scheme of a
// URL, whose rest may be a secret.
std::string Quoted(std::string_view text);

}  // namespace swarmbell
