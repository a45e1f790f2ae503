#include "common/glob/glob.h"

#include <cstddef>

namespace swarmbell {
namespace {

// The position after the UTF-8 character at `at`.
std::size_t Next(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  return at;
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  // The last star, and where the text after its match begins. Only the last star ever needs to match more:
  // whatever an earlier one could gain, this one can.
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  std::string_view literal;  // what follows the last star, up to the next sign
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
      if (p == pattern.size()) return true;
      literal = pattern.substr(p, pattern.find_first_of("*?", p) - p);
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t = Next(text, t);
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = after_star = text.find(literal, Next(text, after_star));
      if (t == std::string_view::npos) return false;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace swarmbell
