#include "notifier/chat/console/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "notifier/cards/card.h"
#include "notifier/cards/text.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {
namespace {

using namespace cards;

constexpr const char* kReset = "\x1b[0m";
constexpr std::size_t kBarColumns = 2;
constexpr std::size_t kLeastColumns = 24;

// The nearest of the 256 colours that terminals share.
const char* BarInk(Color color) {
  constexpr std::array kBars = {"\x1b[38;5;244m", "\x1b[38;5;36m", "\x1b[38;5;214m", "\x1b[38;5;33m",
                                "\x1b[38;5;160m"};
  return kBars[static_cast<std::size_t>(color)];
}

enum class Ink { kPlain, kBold, kDim, kAdded, kRemoved, kChanged };

const char* Code(Ink ink) {
  constexpr std::array kCodes = {"", "\x1b[1m", "\x1b[2m", "\x1b[1;32m", "\x1b[1;31m", "\x1b[1;33m"};
  return kCodes[static_cast<std::size_t>(ink)];
}

// Lines of a terminal behind a bar in the card's colour. Without colour, only text.
class TerminalPaint {
 public:
  TerminalPaint(bool color, Color bar, std::size_t width)
      : color_(color),
        ink_(BarInk(bar)),
        bar_(InBarInk("▌")),
        width_(std::max(width, kLeastColumns + kBarColumns) - kBarColumns) {}

  // `text` in an ink.
  std::string Inked(const std::string& text, Ink ink) const {
    if (!color_ || ink == Ink::kPlain || text.empty()) return text;
    return Code(ink) + text + kReset;
  }

  // `text` in the colour of the bar.
  std::string InBarInk(const std::string& text) const { return color_ ? ink_ + text + kReset : text; }

  // The line that separates this card from the one above it, with a text in it.
  void Rule(const std::string& text) {
    const std::vector<std::string> lines = WrapText(text, width_ - kBarColumns);
    std::string rule = "── " + lines.front() + (text.empty() ? "" : " ");
    for (std::size_t used = DisplayWidth(rule); used < width_ + kBarColumns; ++used) rule += "─";
    out_ += Inked(rule, Ink::kDim) + "\n";
    for (std::size_t i = 1; i < lines.size(); ++i) Line(Inked(lines[i], Ink::kDim));
  }

  // One line; `line` is already inked and short enough.
  void Line(const std::string& line) { out_ += bar_ + (line.empty() ? "" : " " + line) + "\n"; }
  void Blank() { Line(""); }

  // `text` wrapped. The first line begins with `start`, which is `indent` columns wide; the others are
  // indented by as much.
  void Wrapped(const std::string& start, std::size_t indent, const std::string& text, Ink ink) {
    const std::size_t room = std::max<std::size_t>(width_ > indent ? width_ - indent : 0, 12);
    const std::string spaces(indent, ' ');
    bool first = true;
    for (const std::string& line : WrapText(text, room)) {
      Line((first ? start : spaces) + Inked(line, ink));
      first = false;
    }
  }

  // Columns for text behind the bar.
  std::size_t width() const { return width_; }
  std::string Text() && { return std::move(out_); }

 private:
  bool color_;
  std::string ink_;
  std::string bar_;
  std::size_t width_;
  std::string out_;
};

constexpr CardLimits kLimits = {24, 60, 400};
// Widths of the labels of facts; with a minimum, so that those of short sections line up.
constexpr std::size_t kMinLabel = 12;
constexpr std::size_t kMaxLabel = 24;

Ink SignInk(const std::string& sign) {
  if (sign == "+") return Ink::kAdded;
  return sign == kMinus ? Ink::kRemoved : Ink::kChanged;
}

// `− value` or `+ value`, wrapped.
void ValueLine(TerminalPaint& paint, std::size_t indent, const char* sign, const std::string& value) {
  const std::string start = std::string(indent, ' ') + paint.Inked(sign, SignInk(sign)) + " ";
  paint.Wrapped(start, indent + 2, value, sign == std::string("+") ? Ink::kBold : Ink::kDim);
}

std::string RowStart(const TerminalPaint& paint, const Row& row) {
  return "  " + (row.sign.empty() ? std::string() : paint.Inked(row.sign, SignInk(row.sign)) + " ");
}

void StackedRow(TerminalPaint& paint, const Row& row) {
  const std::string note = row.note.empty() ? "" : "   " + paint.Inked(row.note, Ink::kDim);
  const std::size_t indent = row.sign.empty() ? 2 : 4;
  for (const std::string& line : WrapText(row.key, paint.width() - indent)) {
    const bool first = row.key.rfind(line, 0) == 0;
    paint.Line((first ? RowStart(paint, row) : std::string(indent, ' ')) + line + (first ? note : ""));
  }
  if (row.before) ValueLine(paint, indent, kMinus, *row.before);
  if (row.after) ValueLine(paint, indent, "+", *row.after);
}

void OneLineRow(TerminalPaint& paint, const Row& row, const Columns& columns) {
  const Ink key_ink = row.sign.empty() ? Ink::kDim : Ink::kPlain;
  std::string line = RowStart(paint, row) + paint.Inked(PadRight(row.key, columns.key), key_ink) + "   ";
  if (row.before && row.after) {
    line += paint.Inked(PadRight(*row.before, columns.before), Ink::kDim);
    line += paint.Inked(std::string(" ") + kArrow + " ", Ink::kDim) + paint.Inked(*row.after, Ink::kBold);
  } else if (row.after) {
    line += paint.Inked(*row.after, Ink::kBold);
  } else {
    line += paint.Inked(row.before.value_or(""), Ink::kDim);
  }
  paint.Line(line + (row.note.empty() ? "" : "   " + paint.Inked(row.note, Ink::kDim)));
}

void Title(TerminalPaint& paint, const std::string& title, const std::string& note = "") {
  if (title.empty()) return;
  paint.Line(paint.Inked(title, Ink::kBold) + (note.empty() ? "" : "   " + paint.Inked(note, Ink::kDim)));
}

void Rows(TerminalPaint& paint, const std::string& title, std::vector<Row> rows) {
  Title(paint, title);
  Stack(rows, paint.width() - 2);
  Columns columns = ColumnsOf(rows);
  if (!rows.empty() && rows.front().sign.empty()) columns.key = std::max(columns.key, kMinLabel);
  for (const Row& row : rows) {
    if (row.stacked) {
      StackedRow(paint, row);
    } else {
      OneLineRow(paint, row, columns);
    }
  }
}

void Facts(TerminalPaint& paint, const std::vector<Fact>& facts) {
  std::size_t width = kMinLabel;
  for (const Fact& fact : facts) width = std::max(width, DisplayWidth(fact.label));
  width = std::min(width, kMaxLabel);
  for (const Fact& fact : facts) {
    const std::string start = "  " + paint.Inked(PadRight(fact.label, width), Ink::kDim) + "   ";
    paint.Wrapped(start, std::max(width, DisplayWidth(fact.label)) + 5, Shown(fact.value), Ink::kPlain);
  }
}

// `2026-11-22 13:44:05 CET`
std::string When(std::int64_t seconds, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", absl::FromUnixSeconds(seconds), zone);
}

struct Sections {
  TerminalPaint& paint;
  const std::string& inspect;
  absl::TimeZone zone;

  void operator()(const ChangeSection& section) const {
    Rows(paint, section.title, RowsOf(section));
    More(section.left_out, "settings");
  }

  void operator()(const DiffSection& section) const {
    Rows(paint, section.title, RowsOf(section));
    More(section.left_out, section.noun);
  }

  void operator()(const LinesSection& section) const {
    Title(paint, section.title, section.note);
    for (const std::string& line : section.before) ValueLine(paint, 2, kMinus, Shown(line));
    for (const std::string& line : section.after) ValueLine(paint, 2, "+", Shown(line));
    More(section.left_out, "lines");
  }

  void operator()(const FactsSection& section) const {
    Title(paint, section.title);
    Facts(paint, section.facts);
  }

  void operator()(const TimeSection& section) const {
    Facts(paint, {Fact{section.label, When(section.unix_seconds, zone)}});
  }

  void operator()(const QuoteSection& section) const {
    Title(paint, section.title);
    std::size_t start = 0;
    for (std::size_t end = 0; end != std::string::npos; start = end + 1) {
      end = section.text.find('\n', start);
      paint.Wrapped("  ", 2, section.text.substr(start, end == std::string::npos ? end : end - start),
                    Ink::kPlain);
    }
  }

  void operator()(const OutputSection& section) const {
    Title(paint, section.title, section.note);
    for (const std::string& line : section.lines) paint.Wrapped("  ", 2, line, Ink::kPlain);
  }

  void operator()(const MetaSection& section) const { paint.Wrapped("  ", 2, MetaText(section), Ink::kDim); }

  void operator()(const DigestSection& section) const {
    for (const DigestRow& row : section.rows) {
      if (&row != &section.rows.front()) paint.Blank();
      paint.Wrapped(std::string(Dot(row.color)) + " ", 3, row.title, Ink::kBold);
      if (!row.detail.empty()) paint.Wrapped("   ", 3, row.detail, Ink::kDim);
    }
    if (section.left_out > 0)
      paint.Line(paint.Inked(LeftOut(section.left_out, "changes", inspect), Ink::kDim));
  }

  void More(std::uint32_t count, const std::string& noun) const {
    if (count > 0) paint.Wrapped("  ", 2, LeftOut(count, noun, inspect), Ink::kDim);
  }
};

// `2026-11-22 13:44:05 CET · prod-eu · seen by manager-01`
std::string Origin(const Card& card, absl::TimeZone zone) {
  std::vector<std::string> parts;
  if (card.unix_seconds > 0) parts.push_back(When(card.unix_seconds, zone));
  for (const std::string& part : {card.cluster, card.observer}) {
    if (!part.empty()) parts.push_back(part);
  }
  return absl::StrJoin(parts, " · ");
}

// Only a URL of visible ASCII may stand in an escape sequence.
bool CanBeClicked(const std::string& url) {
  return std::all_of(url.begin(), url.end(), [](char letter) { return letter > ' ' && letter < '\x7f'; });
}

void AddLinks(const std::vector<CardLink>& links, const TerminalStyle& style, TerminalPaint& paint) {
  for (const CardLink& link : links) {
    if (style.links && CanBeClicked(link.url)) {
      paint.Line("\x1b]8;;" + link.url + "\x1b\\" + link.title + "\x1b]8;;\x1b\\");
    } else {
      paint.Line(link.title + "  " + paint.Inked(Printable(link.url), Ink::kDim));
    }
  }
}

// Writes messages to a terminal or a log.
class ConsoleChannel final : public Channel {
 public:
  explicit ConsoleChannel(std::ostream& out) : out_(out) {}

  Verdict Post(const std::string& body, std::stop_token) override {
    out_.clear();
    out_ << body << '\n' << std::flush;
    if (out_.good()) return {};
    return {Outcome::kRetry, "nobody reads standard output; will retry", std::nullopt};
  }

 private:
  std::ostream& out_;
};

}  // namespace

std::string RenderTerminal(const Card& full, const TerminalStyle& style) {
  const Card card = Trim(full, kLimits);
  TerminalPaint paint(style.color, card.color, static_cast<std::size_t>(std::max(style.width, 0)));
  paint.Rule(Origin(card, style.zone));
  // The word is for those who do not see the colour.
  const std::string word = "[" + ColorName(card.color) + "] ";
  paint.Wrapped(paint.InBarInk(word), word.size(), card.title, Ink::kBold);
  if (!card.subtitle.empty()) paint.Wrapped("", 0, card.subtitle, Ink::kPlain);
  for (std::size_t i = 0; i < card.sections.size(); ++i) {
    if (i == 0 || StandsApart(card.sections[i - 1], card.sections[i])) paint.Blank();
    std::visit(Sections{paint, card.inspect, style.zone}, card.sections[i]);
  }
  if (!card.commands.empty() || !card.links.empty()) paint.Blank();
  for (const std::string& command : card.commands) {
    paint.Wrapped(paint.Inked("$ ", Ink::kDim), 2, command, Ink::kPlain);
  }
  AddLinks(card.links, style, paint);
  return std::move(paint).Text();
}

TerminalStyle StandardOutputStyle() {
  TerminalStyle style;
  style.zone = absl::LocalTimeZone();
  if (isatty(STDOUT_FILENO) == 0) return style;
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  style.color = !is_set("NO_COLOR");
  style.links = is_set("TERM") && std::string(std::getenv("TERM")) != "dumb";
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = std::clamp<int>(size.ws_col, 40, 200);
  }
  return style;
}

Chat ConsoleChat() {
  return {
      .type = ReceiverType::kConsole,
      .name = "terminal",
      .render = [](const Notice& notice,
                   const TerminalStyle& style) { return RenderTerminal(notice.card, style); },
      .open = [](const ReceiverConfig&, const DeliveryConfig&, std::ostream& console,
                 Clock&) -> std::unique_ptr<Channel> { return std::make_unique<ConsoleChannel>(console); },
      .takes_any_number = true};
}

}  // namespace swarmbell
