#include "notifier/cards/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace swarmbell::cards {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool In(const std::array<Range, N>& ranges, char32_t point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [point](const Range& range) { return point >= range.first && point <= range.last; });
}

// Characters that change how others are shown, or hide: directions, joiners, tags, the byte order mark.
constexpr std::array<Range, 10> kInvisible = {{{0x00AD, 0x00AD},
                                               {0x061C, 0x061C},
                                               {0x180E, 0x180E},
                                               {0x200B, 0x200C},
                                               {0x200E, 0x200F},
                                               {0x2028, 0x202E},
                                               {0x2060, 0x206F},
                                               {0xFEFF, 0xFEFF},
                                               {0xFFF9, 0xFFFB},
                                               {0xE0000, 0xE007F}}};

constexpr std::array<Range, 13> kWide = {{{0x1100, 0x115F},
                                          {0x231A, 0x231B},
                                          {0x23E9, 0x23EC},
                                          {0x2705, 0x2705},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};

constexpr std::array<Range, 11> kNoWidth = {{{0x0300, 0x036F},
                                             {0x0483, 0x0489},
                                             {0x0591, 0x05BD},
                                             {0x0610, 0x061A},
                                             {0x064B, 0x065F},
                                             {0x0E31, 0x0E31},
                                             {0x0E34, 0x0E3A},
                                             {0x200D, 0x200D},
                                             {0x20D0, 0x20FF},
                                             {0xFE00, 0xFE0F},
                                             {0x1F3FB, 0x1F3FF}}};

constexpr std::array<Range, 3> kRightToLeft = {{{0x0590, 0x08FF}, {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFC}}};

// The length in bytes of the sequence that begins with `lead`; 0 if none does.
std::size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool Valid(char32_t point, std::size_t length) {
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  return point >= kSmallest[length] && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
}

// Takes one code point off the front; a byte that starts none becomes U+FFFD.
char32_t Take(std::string_view& bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  const std::size_t length = SequenceLength(lead);
  if (length == 0 || length > bytes.size()) return bytes.remove_prefix(1), kReplacement;
  char32_t point = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xC0U) != 0x80) return bytes.remove_prefix(1), kReplacement;
    point = (point << 6U) | (next & 0x3FU);
  }
  if (!Valid(point, length)) return bytes.remove_prefix(1), kReplacement;
  bytes.remove_prefix(length);
  return point;
}

void Append(std::string& out, char32_t point) {
  const auto byte = [&out](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0U | (point >> 6U)), byte(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    byte(0xE0U | (point >> 12U)), byte(0x80U | ((point >> 6U) & 0x3FU)), byte(0x80U | (point & 0x3FU));
  } else {
    byte(0xF0U | (point >> 18U)), byte(0x80U | ((point >> 12U) & 0x3FU));
    byte(0x80U | ((point >> 6U) & 0x3FU)), byte(0x80U | (point & 0x3FU));
  }
}

std::string Escape(char32_t point) {
  switch (point) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      break;
  }
  std::array<char, 16> out{};
  const char* format = point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\u{%x}";
  const int length = std::snprintf(out.data(), out.size(), format, static_cast<unsigned>(point));
  return std::string(out.data(), static_cast<std::size_t>(length));
}

// Most characters are of ASCII: no table is asked for them.
bool Acts(char32_t point) {
  if (point < 0x7F) return point < 0x20;
  return point < 0xA0 || In(kInvisible, point);
}

constexpr std::size_t kLongKey = 30;

std::optional<std::string> ShownIf(const std::optional<std::string>& value) {
  return value ? std::optional(Shown(*value)) : std::nullopt;
}

std::string SignOf(const DiffRow& row) {
  switch (row.kind) {
    case v1::FIELD_CHANGE_KIND_ADDED:
      return "+";
    case v1::FIELD_CHANGE_KIND_REMOVED:
      return kMinus;
    default:
      return "~";
  }
}

// Sections that start with a line of their own, or are boxes of their own.
bool HasTitle(const CardSection& section) {
  if (const auto* change = std::get_if<ChangeSection>(&section)) return !change->title.empty();
  if (const auto* facts = std::get_if<FactsSection>(&section)) return !facts->title.empty();
  return !std::holds_alternative<MetaSection>(section) && !std::holds_alternative<TimeSection>(section);
}

std::size_t NoteWidth(const Row& row) { return row.note.empty() ? 0 : DisplayWidth(row.note) + 3; }

bool IsLong(const Row& row, std::size_t width) {
  const std::string before = row.before.value_or("");
  const std::string after = row.after.value_or("");
  if (DisplayWidth(row.key) > kLongKey || std::max(LongestWord(before), LongestWord(after)) > kLongWord)
    return true;
  return DisplayWidth(row.key) + DisplayWidth(before) + DisplayWidth(after) + NoteWidth(row) + 8 > width;
}

}  // namespace

std::u32string CodePoints(std::string_view bytes) {
  std::u32string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) out += Take(bytes);
  return out;
}

std::string ToUtf8(std::u32string_view points) {
  std::string out;
  out.reserve(points.size());
  for (const char32_t point : points) Append(out, point);
  return out;
}

std::string Printable(std::string_view bytes, Newlines newlines) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const char32_t point = Take(bytes);
    if (point == '\n' && newlines == Newlines::kKeep) {
      out += '\n';
    } else if (Acts(point)) {
      out += Escape(point);
    } else {
      Append(out, point);
    }
  }
  return out;
}

std::size_t DisplayWidth(char32_t point) {
  if (point < kNoWidth.front().first) return 1;
  if (In(kNoWidth, point)) return 0;
  return In(kWide, point) ? 2 : 1;
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += DisplayWidth(Take(text));
  return width;
}

std::size_t CharCount(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) Take(text);
  return count;
}

std::string PadRight(std::string_view text, std::size_t width) {
  const std::size_t have = DisplayWidth(text);
  return std::string(text) + std::string(width > have ? width - have : 0, ' ');
}

std::string CutChars(std::string_view text, std::size_t max) {
  if (text.size() <= max) return std::string(text);
  const std::u32string points = CodePoints(text);
  if (points.size() <= max) return std::string(text);
  return ToUtf8(std::u32string_view(points).substr(0, max - 1)) + "…";
}

std::size_t LongestWord(std::string_view text) {
  std::size_t longest = 0;
  std::size_t word = 0;
  while (!text.empty()) {
    const char32_t point = Take(text);
    word = point == ' ' || point == '\n' ? 0 : word + DisplayWidth(point);
    longest = std::max(longest, word);
  }
  return longest;
}

bool HasRightToLeft(std::string_view text) {
  while (!text.empty()) {
    if (const char32_t point = Take(text); point >= kRightToLeft.front().first && In(kRightToLeft, point))
      return true;
  }
  return false;
}

std::vector<std::string> WrapText(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::u32string line;
  std::size_t used = 0;
  for (const char32_t point : CodePoints(text)) {
    if (used + DisplayWidth(point) > width && !line.empty()) {
      // The last space of the line, if that leaves something behind it and something before it.
      const std::size_t space = point == ' ' ? line.size() : line.rfind(U' ');
      const std::size_t end = space == std::u32string::npos || space == 0 ? line.size() : space;
      std::u32string rest = end < line.size() ? line.substr(end + 1) : std::u32string();
      lines.push_back(ToUtf8(std::u32string_view(line).substr(0, end)));
      line = std::move(rest);
      used = DisplayWidth(ToUtf8(line));
      if (point == ' ') continue;
    }
    line += point;
    used += DisplayWidth(point);
  }
  lines.push_back(ToUtf8(line));
  return lines;
}

std::vector<Row> RowsOf(const ChangeSection& section) {
  std::vector<Row> rows;
  for (const ChangeRow& row : section.rows) {
    rows.push_back({"", row.label, row.before ? Shown(*row.before) : "not set",
                    row.after ? Shown(*row.after) : "not set", "", false});
  }
  return rows;
}

std::vector<Row> RowsOf(const DiffSection& section) {
  std::vector<Row> rows;
  for (const DiffRow& row : section.rows) {
    rows.push_back({SignOf(row), row.key, ShownIf(row.before), ShownIf(row.after), row.note, false});
  }
  return rows;
}

void Stack(std::vector<Row>& rows, std::size_t width) {
  for (Row& row : rows) row.stacked = IsLong(row, width);
  // The widest key and the widest value before need not be in one row.
  const Columns columns = ColumnsOf(rows);
  for (Row& row : rows) {
    const bool both = row.before && row.after;
    const std::string last = row.after ? *row.after : row.before.value_or("");
    const std::size_t used = columns.key + (both ? columns.before + 3 : 0) + DisplayWidth(last);
    row.stacked = row.stacked || used + NoteWidth(row) + 5 > width;
  }
}

Columns ColumnsOf(const std::vector<Row>& rows) {
  Columns columns;
  for (const Row& row : rows) {
    if (row.stacked) continue;
    columns.key = std::max(columns.key, DisplayWidth(row.key));
    if (row.before && row.after) columns.before = std::max(columns.before, DisplayWidth(*row.before));
  }
  return columns;
}

std::string Shown(const std::string& value) { return value.empty() ? "(empty)" : value; }

std::string Isolated(const std::string& value) {
  // NOLINTNEXTLINE(misc-misleading-bidirectional): these characters are what keeps a value from misleading
  return HasRightToLeft(value) ? "\u2068" + value + "\u2069" : value;
}

bool StandsApart(const CardSection& above, const CardSection& below) {
  return HasTitle(above) || HasTitle(below);
}

const char* Dot(Color color) {
  constexpr std::array kDots = {"🔲", "✅", "🟡", "🔷", "🛑"};
  return kDots[static_cast<std::size_t>(color)];
}

}  // namespace swarmbell::cards
