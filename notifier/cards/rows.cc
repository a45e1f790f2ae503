#include "notifier/cards/rows.h"

#include <algorithm>
#include <utility>

#include "notifier/cards/text.h"

namespace swarmbell::cards {
namespace {

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
  return !std::holds_alternative<FactsSection>(section) && !std::holds_alternative<MetaSection>(section);
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
  return HasRightToLeft(value) ? "\u2068" + value + "\u2069" : value;
}

bool StandsApart(const CardSection& above, const CardSection& below) {
  return HasTitle(above) || HasTitle(below);
}

const char* Dot(Color color) {
  switch (color) {
    case Color::kBlack:
      return "⚫";
    case Color::kGreen:
      return "🟢";
    case Color::kYellow:
      return "🟡";
    case Color::kBlue:
      return "🔵";
    case Color::kRed:
      break;
  }
  return "🔴";
}

}  // namespace swarmbell::cards
