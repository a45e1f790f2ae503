#include "notifier/chat/slack/blocks.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "notifier/cards/rows.h"
#include "notifier/cards/text.h"
#include "notifier/cards/trim.h"

namespace swarmbell::cards {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPreformattedColumns = 64;
constexpr std::size_t kMaxFields = 10;  // of one section block
constexpr std::size_t kGridColumns = 24;

Json Text(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

Json Styled(const std::string& text, const char* style) {
  Json element = Text(text);
  element["style"] = {{style, true}};
  return element;
}

Json Element(const char* type, Json elements) { return {{"type", type}, {"elements", std::move(elements)}}; }

Json RichText(Json elements) { return Element("rich_text", std::move(elements)); }

Json TitleElement(const std::string& title) {
  return Element("rich_text_section", Json::array({Styled(title, "bold")}));
}

// A title, when there is one, and `body` below it.
Json Titled(const std::string& title, Json body) {
  Json elements = Json::array();
  if (!title.empty()) elements.push_back(TitleElement(title));
  elements.push_back(std::move(body));
  return Json::array({RichText(std::move(elements))});
}

Json Preformatted(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return Element("rich_text_preformatted", Json::array({Text(text)}));
}

std::string WithNote(std::string line, const std::string& note) {
  return note.empty() ? line : std::move(line) + "   " + note;
}

std::string OneLine(const Row& row, const Columns& columns) {
  const std::string start = (row.sign.empty() ? "" : row.sign + " ") + PadRight(row.key, columns.key) + "   ";
  if (row.before && row.after) {
    const std::string before = Isolated(*row.before);
    const std::size_t isolates = before == *row.before ? 0 : 2;
    return WithNote(
        start + PadRight(before, columns.before + isolates) + " " + kArrow + " " + Isolated(*row.after),
        row.note);
  }
  return WithNote(start + Isolated(row.before ? *row.before : row.after.value_or("")), row.note);
}

void AppendLines(const Row& row, const Columns& columns, std::vector<std::string>& lines) {
  if (!row.stacked) {
    lines.push_back(OneLine(row, columns));
    return;
  }
  lines.push_back(WithNote((row.sign.empty() ? "" : row.sign + " ") + row.key, row.note));
  if (row.before) lines.push_back("    " + std::string(kMinus) + " " + Isolated(*row.before));
  if (row.after) lines.push_back("    + " + Isolated(*row.after));
}

Json RowsBlock(const std::string& title, std::vector<Row> rows, const std::string& left_out) {
  Stack(rows, kPreformattedColumns);
  const Columns columns = ColumnsOf(rows);
  std::vector<std::string> lines;
  for (const Row& row : rows) AppendLines(row, columns, lines);
  if (!left_out.empty()) lines.push_back(left_out);
  return Titled(title, Preformatted(lines));
}

std::string LeftOutIf(std::uint32_t count, const std::string& noun, const std::string& inspect) {
  return count == 0 ? "" : LeftOut(count, noun, inspect);
}

// True if `:…:` in `text` could be the name of an emoji, such as `:100:`.
bool HasEmojiName(const std::string& text) { return text.find(':') != text.rfind(':'); }

// True if each `_` of `text` is inside a word, where it formats nothing.
bool HasPlainUnderscores(const std::string& text) {
  const auto alnum = [&text](std::size_t i) {
    return std::isalnum(static_cast<unsigned char>(text[i])) != 0;
  };
  for (std::size_t i = text.find('_'); i != std::string::npos; i = text.find('_', i + 1)) {
    if (i == 0 || i + 1 == text.size() || !alnum(i - 1) || !alnum(i + 1)) return false;
  }
  return true;
}

// True if mrkdwn shows `text` unchanged. Stricter than Slack's own rules, which are not documented.
bool IsPlainMrkdwn(const std::string& text) {
  return text.find_first_of("*~`<>&@#|\\") == std::string::npos && text.find("://") == std::string::npos &&
         !HasEmojiName(text) && HasPlainUnderscores(text);
}

bool FitsGrid(const Fact& fact) {
  return CharCount(fact.value) <= kGridColumns && CharCount(fact.label) <= kGridColumns &&
         IsPlainMrkdwn(fact.value) && IsPlainMrkdwn(fact.label) && !fact.label.empty();
}

void AddWideFact(const Fact& fact, Json& elements) {
  if (!elements.empty()) elements.push_back(Text("\n"));
  elements.push_back(Styled(fact.label, "bold"));
  elements.push_back(Text("\n" + Isolated(Shown(fact.value))));
}

Json GridFact(const Fact& fact) {
  return {{"type", "mrkdwn"}, {"text", "*" + fact.label + "*\n" + Shown(fact.value)}, {"verbatim", true}};
}

// Which facts stand next to each other in a grid of two columns: short ones, if there are two in a row.
std::vector<bool> InGrid(const std::vector<Fact>& facts) {
  std::vector<bool> grid;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const bool beside = (i > 0 && FitsGrid(facts[i - 1])) || (i + 1 < facts.size() && FitsGrid(facts[i + 1]));
    grid.push_back(beside && FitsGrid(facts[i]));
  }
  return grid;
}

// Facts in their order, those that are not in a grid below each other in one text.
Json FactBlocks(const FactsSection& section) {
  const std::vector<bool> grid = InGrid(section.facts);
  Json blocks = Json::array();
  for (std::size_t i = 0; i < section.facts.size(); ++i) {
    const bool goes_on = i > 0 && grid[i] == grid[i - 1];
    if (grid[i]) {
      const bool full = goes_on && blocks.back()["fields"].size() == kMaxFields;
      if (!goes_on || full) blocks.push_back({{"type", "section"}, {"fields", Json::array()}});
      blocks.back()["fields"].push_back(GridFact(section.facts[i]));
    } else {
      if (!goes_on) blocks.push_back(RichText(Json::array({Element("rich_text_section", Json::array())})));
      AddWideFact(section.facts[i], blocks.back()["elements"].back()["elements"]);
    }
  }
  return blocks;
}

Json DigestRowElement(const DigestRow& row) {
  Json elements = Json::array({Text(std::string(Dot(row.color)) + "  "), Styled(row.title, "bold")});
  if (!row.detail.empty()) elements.push_back(Text("\n" + row.detail));
  return Element("rich_text_section", std::move(elements));
}

struct Blocks {
  const std::string& inspect;

  Json operator()(const ChangeSection& section) const {
    return RowsBlock(section.title, RowsOf(section), LeftOutIf(section.left_out, "settings", inspect));
  }

  Json operator()(const DiffSection& section) const {
    return RowsBlock(section.title, RowsOf(section), LeftOutIf(section.left_out, section.noun, inspect));
  }

  Json operator()(const LinesSection& section) const {
    std::vector<std::string> lines;
    for (const std::string& line : section.before) lines.push_back(kMinus + (" " + Isolated(Shown(line))));
    for (const std::string& line : section.after) lines.push_back("+ " + Isolated(Shown(line)));
    if (!section.note.empty()) lines.push_back("  " + section.note);
    if (section.left_out > 0) lines.push_back(LeftOut(section.left_out, "lines", inspect));
    return Titled(section.title, Preformatted(lines));
  }

  Json operator()(const FactsSection& section) const { return FactBlocks(section); }

  Json operator()(const QuoteSection& section) const {
    return Titled(section.title, Element("rich_text_quote", Json::array({Text(section.text)})));
  }

  Json operator()(const MetaSection& section) const {
    std::string text;
    for (const std::string& item : section.items) text += (text.empty() ? "" : " · ") + item;
    return Json::array({SlackGreyLine(text, "")});
  }

  Json operator()(const DigestSection& section) const {
    Json rows = Json::array();
    for (const DigestRow& row : section.rows) {
      if (!rows.empty()) rows.back()["elements"].push_back(Text("\n"));
      rows.push_back(DigestRowElement(row));
    }
    Json blocks = Json::array({RichText(std::move(rows))});
    if (section.left_out > 0)
      blocks.push_back(SlackGreyLine(LeftOut(section.left_out, "changes", inspect), ""));
    return blocks;
  }
};

}  // namespace

Json SlackBlocks(const CardSection& section, const std::string& inspect) {
  return std::visit(Blocks{inspect}, section);
}

Json SlackParagraph(const std::string& text) {
  return {{"type", "section"}, {"text", {{"type", "plain_text"}, {"text", text}, {"emoji", false}}}};
}

Json SlackGreyLine(const std::string& text, const std::string& mrkdwn) {
  const auto context = [](Json elements) { return Element("context", std::move(elements)); };
  if (IsPlainMrkdwn(text)) {
    const std::string joint = text.empty() || mrkdwn.empty() ? "" : " · ";
    return context(Json::array({{{"type", "mrkdwn"}, {"text", text + joint + mrkdwn}, {"verbatim", true}}}));
  }
  Json elements = Json::array({{{"type", "plain_text"}, {"text", text}, {"emoji", false}}});
  if (!mrkdwn.empty()) elements.push_back({{"type", "mrkdwn"}, {"text", mrkdwn}, {"verbatim", true}});
  return context(std::move(elements));
}

std::string SlackEscaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '&') {
      out += "&amp;";
    } else if (letter == '<') {
      out += "&lt;";
    } else if (letter == '>') {
      out += "&gt;";
    } else {
      out += letter;
    }
  }
  return out;
}

}  // namespace swarmbell::cards
