#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace swarmbell::cards {

// Text from outside, made safe to show. All functions are pure and take any bytes; invalid UTF-8 becomes
// U+FFFD.

// The code points of `bytes`.
std::u32string CodePoints(std::string_view bytes);
std::string ToUtf8(std::u32string_view points);

enum class Newlines { kEscape, kKeep };

// `bytes` with everything shown that would act on a reader's screen: control characters as `\n` or `\x1b`,
// characters that turn the writing direction or have no width as `\u202e`. Applying it twice changes nothing.
std::string Printable(std::string_view bytes, Newlines newlines = Newlines::kEscape);

// How many columns a terminal or a monospace font takes: 2 for East Asian wide characters and emoji, 0 for
// combining marks.
std::size_t DisplayWidth(std::string_view text);
std::size_t DisplayWidth(char32_t point);

std::size_t CharCount(std::string_view text);

// `text` with spaces behind it up to `width` columns.
std::string PadRight(std::string_view text, std::size_t width);

// At most `max` characters, the last of them `…` when something was cut. `max` is at least 1.
std::string CutChars(std::string_view text, std::size_t max);

// The width of the widest part that has no space in it.
std::size_t LongestWord(std::string_view text);

// True if `text` has characters that are written from right to left.
bool HasRightToLeft(std::string_view text);

// `text` in lines of at most `width` columns, broken at spaces where possible. Never empty.
std::vector<std::string> WrapText(std::string_view text, std::size_t width);

}  // namespace swarmbell::cards
