#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notifier/cards/card.h"

namespace swarmbell::cards {

// Text from outside, made safe to show and laid out in columns. All functions are pure and accept any bytes;
// invalid UTF-8 becomes U+FFFD.

// The code points of `bytes`.
std::u32string CodePoints(std::string_view bytes);
std::string ToUtf8(std::u32string_view points);

enum class Newlines { kEscape, kKeep };

// `bytes` with characters escaped that would act on a reader's screen: control characters as `\n` or `\x1b`,
// characters that turn the writing direction or have no width as `\u202e`. Idempotent.
std::string Printable(std::string_view bytes, Newlines newlines = Newlines::kEscape);

// Columns in a terminal or a monospace font: 2 for East Asian wide characters and emoji, 0 for combining
// marks.
std::size_t DisplayWidth(std::string_view text);
std::size_t DisplayWidth(char32_t point);

std::size_t CharCount(std::string_view text);

// `text` padded with spaces to `width` columns.
std::string PadRight(std::string_view text, std::size_t width);

// At most `max` characters, the last of them `…` when something was cut. `max` is at least 1.
std::string CutChars(std::string_view text, std::size_t max);

// The width of the widest part that has no space in it.
std::size_t LongestWord(std::string_view text);

// True if `text` has characters that are written from right to left.
bool HasRightToLeft(std::string_view text);

// `text` in lines of at most `width` columns, broken at spaces where possible. Never empty.
std::vector<std::string> WrapText(std::string_view text, std::size_t width);

// The rows of one section, laid out below each other in a monospace font.

// A row of any kind of section. Its values are as shown, never empty.
struct Row {
  std::string sign;  // `~`, `+`, `−`; empty for a row of terms
  std::string key;
  std::optional<std::string> before;
  std::optional<std::string> after;
  std::string note;
  bool stacked = false;  // too long for one line: the values are below the key
};

struct Columns {
  std::size_t key = 0;  // widths of the rows that are not stacked
  std::size_t before = 0;
};

std::vector<Row> RowsOf(const ChangeSection& section);
std::vector<Row> RowsOf(const DiffSection& section);

// Marks the rows that do not fit into `width` columns, or that have a word too long to read in a column.
void Stack(std::vector<Row>& rows, std::size_t width);

Columns ColumnsOf(const std::vector<Row>& rows);

// `(empty)` for the empty value.
std::string Shown(const std::string& value);

// A value with right-to-left characters, isolated so that it does not turn the text around it.
std::string Isolated(const std::string& value);

inline constexpr const char* kArrow = "→";
inline constexpr const char* kMinus = "−";
inline constexpr std::size_t kLongWord = 24;

// True if a blank line separates two sections: unless neither has a title.
bool StandsApart(const CardSection& above, const CardSection& below);

// The sign of a colour, of a shape of its own, for readers who do not see the colour.
const char* Dot(Color color);

}  // namespace swarmbell::cards
