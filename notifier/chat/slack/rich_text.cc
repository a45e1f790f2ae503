#include "notifier/chat/slack/rich_text.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "notifier/cards/text.h"

namespace swarmbell::slack {
namespace {

using namespace cards;

// The width of a computer's window; a phone breaks the lines of preformatted text where it must.
constexpr std::size_t kColumns = 60;
constexpr std::size_t kMaxLabel = 24;  // columns of a label; a longer one moves its own value

// Lines of monospace text in one box: labels and old values plain, new values bold.
class Monospace {
 public:
  void Add(const std::string& text, bool bold = false) {
    if (text.empty()) return;
    if (runs_.empty() || runs_.back().second != bold) runs_.emplace_back("", bold);
    runs_.back().first += text;
  }

  void NewLine() {
    if (!runs_.empty()) runs_.back().first += '\n';
  }

  // `text` behind what the line has, at `indent`: broken at spaces, but never inside a word.
  void AddWrapped(const std::string& text, std::size_t indent, bool bold) {
    const std::size_t room = kColumns > indent ? kColumns - indent : 0;
    if (DisplayWidth(text) <= room || LongestWord(text) > room) return Add(Isolated(text), bold);
    bool first = true;
    for (const std::string& line : WrapText(text, room)) {
      if (!first) NewLine();
      Add((first ? "" : std::string(indent, ' ')) + Isolated(line), bold);
      first = false;
    }
  }

  bool empty() const { return runs_.empty(); }

  Json Element() const {
    Json elements = Json::array();
    for (const auto& [text, bold] : runs_) elements.push_back(Text(text, bold));
    return slack::Element("rich_text_preformatted", std::move(elements));
  }

 private:
  std::vector<std::pair<std::string, bool>> runs_;
};

// The bytes with which both begin, up to the last space; 0 if that is little.
std::size_t SharedStart(const std::string& one, const std::string& two) {
  constexpr std::size_t kLeast = 12;
  const auto differ = std::mismatch(one.begin(), one.end(), two.begin(), two.end()).second;
  const auto same = static_cast<std::size_t>(differ - two.begin());
  if (same == one.size() && two.size() > same && two[same] == ' ') return same >= kLeast ? same : 0;
  const std::size_t space = two.rfind(' ', same == 0 ? 0 : same - 1);
  return space == std::string::npos || space < kLeast ? 0 : space;
}

// Draws sections that share one box, one below the other.
class Aligned {
 public:
  // `labels` is the width of the labels of all sections of the box.
  Aligned(std::size_t labels, const std::string& inspect) : labels_(labels), inspect_(inspect) {}

  void operator()(const ChangeSection& section) {
    Title(section.title);
    Rows(RowsOf(section), labels_);
    More(LeftOut(section.left_out, "settings", inspect_));
  }

  void operator()(const DiffSection& section) {
    Title(section.title);
    Rows(RowsOf(section), 0);
    More(LeftOut(section.left_out, section.noun, inspect_));
  }

  void operator()(const LinesSection& section) {
    Title(section.title, section.note);
    for (const std::string& line : section.before) Value(kMinus, Shown(line), 2, 0);
    const bool pair = section.before.size() == 1 && section.after.size() == 1;
    for (const std::string& line : section.after) {
      Value("+", Shown(line), 2, pair ? SharedStart(section.before[0], line) : 0);
    }
    More(LeftOut(section.left_out, "lines", inspect_));
  }

  void operator()(const FactsSection& section) {
    Title(section.title);
    for (const Fact& fact : section.facts) {
      const std::string start = indent_ + PadRight(fact.label, labels_) + "  ";
      Start(start);
      out_.AddWrapped(Shown(fact.value), DisplayWidth(start), true);
    }
  }

  // Quotes, output and the like are not aligned.
  template <typename Other>
  void operator()(const Other&) {}

  // A blank line.
  void Apart() {
    if (!out_.empty()) out_.NewLine();
  }

  Json Box() const { return RichText(Json::array({out_.Element()})); }

 private:
  void Start(const std::string& text) {
    if (!out_.empty()) out_.NewLine();
    out_.Add(text);
  }

  void Title(const std::string& title, const std::string& note = "") {
    indent_ = title.empty() ? "" : "  ";
    if (title.empty()) return;
    Start("");
    out_.Add(title, true);
    if (!note.empty()) out_.Add("   " + note);
  }

  void More(const std::string& left_out) {
    if (!left_out.empty()) Start(indent_ + left_out);
  }

  void Rows(std::vector<Row> rows, std::size_t least) {
    Stack(rows, kColumns - indent_.size());
    Columns columns = ColumnsOf(rows);
    columns.key = std::max(columns.key, least);
    for (const Row& row : rows) row.stacked ? Stacked(row) : OneLine(row, columns);
  }

  void OneLine(const Row& row, const Columns& columns) {
    Start(indent_ + (row.sign.empty() ? "" : row.sign + " ") + PadRight(row.key, columns.key) + "  ");
    if (row.before && row.after) {
      const std::string before = Isolated(*row.before);
      const std::size_t isolates = before == *row.before ? 0 : 2;
      out_.Add(PadRight(before, columns.before + isolates) + " " + kArrow + " ");
    } else if (row.before) {
      out_.Add(Isolated(*row.before));
    }
    if (row.after) out_.Add(Isolated(*row.after), true);
    if (!row.note.empty()) out_.Add("   " + row.note);
  }

  void Stacked(const Row& row) {
    Start(indent_ + (row.sign.empty() ? "" : row.sign + " ") + row.key +
          (row.note.empty() ? "" : "   " + row.note));
    if (row.before) Value(kMinus, *row.before, 4, 0);
    if (row.after) Value("+", *row.after, 4, row.before ? SharedStart(*row.before, *row.after) : 0);
  }

  // `− value` or `+ value`; of a new value, the part that differs is bold, and stands on a line of its own if
  // both do not fit into one.
  void Value(const char* sign, const std::string& value, std::size_t indent, std::size_t shared) {
    Start(std::string(indent, ' ') + sign + " ");
    const bool added = std::string(sign) == "+";
    if (shared == 0) return out_.AddWrapped(value, indent + 2, added);
    out_.AddWrapped(value.substr(0, shared), indent + 2, false);
    const std::string rest = value.substr(shared);
    if (DisplayWidth(value) + indent + 2 <= kColumns) return out_.Add(Isolated(rest), true);
    Start(std::string(indent + 2, ' '));
    out_.AddWrapped(rest.substr(rest.find_first_not_of(' ') == std::string::npos ? 0 : 1), indent + 2, true);
  }

  std::size_t labels_;
  const std::string& inspect_;
  std::string indent_{};
  Monospace out_{};
};

// The widest label of the sections, that of an outlier aside.
std::size_t LabelColumns(const CardSection* begin, const CardSection* end) {
  std::size_t widest = 0;
  const auto add = [&widest](const std::string& label) {
    if (const std::size_t width = DisplayWidth(label); width <= kMaxLabel) widest = std::max(widest, width);
  };
  for (const CardSection* section = begin; section != end; ++section) {
    if (const auto* facts = std::get_if<FactsSection>(section)) {
      for (const Fact& fact : facts->facts) add(fact.label);
    } else if (const auto* change = std::get_if<ChangeSection>(section)) {
      for (const ChangeRow& row : change->rows) add(row.label);
    }
  }
  return widest;
}

}  // namespace

Json Text(const std::string& text, bool bold) {
  Json element = {{"type", "text"}, {"text", text}};
  if (bold) element["style"] = {{"bold", true}};
  return element;
}

Json Element(const char* type, Json elements) { return {{"type", type}, {"elements", std::move(elements)}}; }

Json RichText(Json elements) { return Element("rich_text", std::move(elements)); }

Json Line(Json elements) { return Element("rich_text_section", std::move(elements)); }

bool IsAligned(const CardSection& section) {
  return std::holds_alternative<ChangeSection>(section) || std::holds_alternative<DiffSection>(section) ||
         std::holds_alternative<LinesSection>(section) || std::holds_alternative<FactsSection>(section);
}

Json AlignedBlock(const CardSection* begin, const CardSection* end, const std::string& inspect) {
  Aligned aligned(LabelColumns(begin, end), inspect);
  for (const CardSection* section = begin; section != end; ++section) {
    if (section != begin && StandsApart(section[-1], *section)) aligned.Apart();
    std::visit(aligned, *section);
  }
  return aligned.Box();
}

Json Verbatim(const std::string& title, const std::vector<std::string>& lines) {
  Monospace box;
  box.Add(title, true);
  for (const std::string& line : lines) {
    if (!box.empty()) box.NewLine();
    box.Add(line.empty() ? " " : line);
  }
  return RichText(Json::array({box.Element()}));
}

}  // namespace swarmbell::slack
