#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "notifier/cards/card.h"

namespace swarmbell::cards {

// How the rows of one section stand below each other in a monospace font.

// One row, whichever section it is of. Values are as shown: never empty.
struct Row {
  std::string sign;  // `~`, `+`, `−`; empty for a row of terms
  std::string key;
  std::optional<std::string> before;
  std::optional<std::string> after;
  std::string note;
  bool stacked = false;  // too long for one line: the values go below the key
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

// A value with characters that run from right to left, kept from turning what stands around it.
std::string Isolated(const std::string& value);

inline constexpr const char* kArrow = "→";
inline constexpr const char* kMinus = "−";
inline constexpr std::size_t kLongWord = 24;

// True if a line separates two sections: always, unless neither has a title.
bool StandsApart(const CardSection& above, const CardSection& below);

// The dot that stands for a colour where a channel has no colour.
const char* Dot(Color color);

}  // namespace swarmbell::cards
