#include "notifier/chat/console/paint.h"

#include <algorithm>

#include "notifier/cards/text.h"

namespace swarmbell::cards {
namespace {

constexpr const char* kReset = "\x1b[0m";
constexpr std::size_t kBarColumns = 2;
constexpr std::size_t kLeastColumns = 24;

// The nearest of the 256 colours that terminals share.
const char* BarInk(Color color) {
  switch (color) {
    case Color::kBlack:
      return "\x1b[38;5;244m";
    case Color::kGreen:
      return "\x1b[38;5;36m";
    case Color::kYellow:
      return "\x1b[38;5;214m";
    case Color::kBlue:
      return "\x1b[38;5;33m";
    case Color::kRed:
      break;
  }
  return "\x1b[38;5;160m";
}

const char* Code(Ink ink) {
  switch (ink) {
    case Ink::kBold:
      return "\x1b[1m";
    case Ink::kDim:
      return "\x1b[2m";
    case Ink::kAdded:
      return "\x1b[1;32m";
    case Ink::kRemoved:
      return "\x1b[1;31m";
    case Ink::kChanged:
      return "\x1b[1;33m";
    case Ink::kPlain:
      break;
  }
  return "";
}

}  // namespace

TerminalPaint::TerminalPaint(bool color, Color bar, std::size_t width)
    : color_(color),
      bar_(color ? std::string(BarInk(bar)) + "▌" + kReset : "▌"),
      width_(std::max(width, kLeastColumns + kBarColumns) - kBarColumns) {}

std::string TerminalPaint::Inked(const std::string& text, Ink ink) const {
  if (!color_ || ink == Ink::kPlain || text.empty()) return text;
  return Code(ink) + text + kReset;
}

void TerminalPaint::Line(const std::string& line) { out_ += bar_ + (line.empty() ? "" : " " + line) + "\n"; }

void TerminalPaint::Wrapped(const std::string& start, std::size_t indent, const std::string& text, Ink ink) {
  const std::size_t room = std::max<std::size_t>(width_ > indent ? width_ - indent : 0, 12);
  const std::string spaces(indent, ' ');
  bool first = true;
  for (const std::string& line : WrapText(text, room)) {
    Line((first ? start : spaces) + Inked(line, ink));
    first = false;
  }
}

}  // namespace swarmbell::cards
