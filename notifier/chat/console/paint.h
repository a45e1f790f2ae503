#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "notifier/cards/card.h"

namespace swarmbell::cards {

enum class Ink { kPlain, kBold, kDim, kAdded, kRemoved, kChanged };

// Lines of a terminal behind a bar in the card's colour. Without colour, only text.
class TerminalPaint {
 public:
  TerminalPaint(bool color, Color bar, std::size_t width);

  // `text` in an ink.
  std::string Inked(const std::string& text, Ink ink) const;

  // One line; `line` is already inked and short enough.
  void Line(const std::string& line);
  void Blank() { Line(""); }

  // `text` wrapped, all but its first line indented by `indent` columns; the first starts with `start`, which
  // takes as many.
  void Wrapped(const std::string& start, std::size_t indent, const std::string& text, Ink ink);

  // Columns for text behind the bar.
  std::size_t width() const { return width_; }
  bool color() const { return color_; }
  std::string Text() && { return std::move(out_); }

 private:
  bool color_;
  std::string bar_;
  std::size_t width_;
  std::string out_;
};

}  // namespace swarmbell::cards
