#include "notifier/chat/teams/elements.h"

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

// Widths that make the values of all sections share one left edge: a label is as wide as a sign, the space
// between and a key.
constexpr const char* kSignWidth = "14px";
constexpr const char* kKeyWidth = "120px";
constexpr const char* kLabelWidth = "142px";
constexpr const char* kIndentWidth = "14px";
constexpr std::size_t kKeyColumns = 14;  // of what fits into kKeyWidth
constexpr std::size_t kRowColumns = 60;

Json With(Json base, const Json& more) {
  if (more.is_object()) base.update(more);
  return base;
}

Json Run(const std::string& text, const Json& properties = {}) {
  return With({{"type", "TextRun"}, {"text", text}}, properties);
}

Json Mono(const std::string& text, const Json& properties = {}) {
  return Run(text, With({{"fontType", "Monospace"}}, properties));
}

Json Inlines(Json inlines) { return {{"type", "RichTextBlock"}, {"inlines", std::move(inlines)}}; }

Json Subtle() { return {{"isSubtle", true}}; }
Json Bold() { return {{"weight", "Bolder"}}; }

Json Column(const char* width, Json items, bool first = false) {
  Json column = {{"type", "Column"}, {"width", width}, {"items", std::move(items)}};
  if (!first) column["spacing"] = "Small";
  return column;
}

Json RowOf(Json columns) {
  return {{"type", "ColumnSet"}, {"spacing", "Small"}, {"columns", std::move(columns)}};
}

// `{{DATE(…)}}` and `{{TIME(…)}}` are commands in any text of an Adaptive Card.
std::string WithoutCommands(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text.compare(i, 6, "{{DATE") == 0 || text.compare(i, 6, "{{TIME") == 0) out += "\u2060";
  }
  return out;
}

bool IsMarkup(char letter) {
  return std::string_view("\\*_[]()~`#<>&!|").find(letter) != std::string_view::npos;
}

std::string EscapedMarkdown(const std::string& text) {
  std::string out;
  const bool list = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == '=');
  if (list) out += '\\';
  bool digits = true;  // so far
  for (const char letter : text) {
    if (IsMarkup(letter) || (letter == '.' && digits && !out.empty())) out += '\\';
    digits = digits && std::isdigit(static_cast<unsigned char>(letter)) != 0;
    out += letter;
  }
  return out;
}

bool HasLongWord(const std::string& text) { return LongestWord(text) > kLongWord; }

// A value in a column of its own.
Json Value(const std::string& value, const Json& properties = {}) {
  const std::string shown = WithoutCommands(Isolated(Shown(value)));
  if (!HasLongWord(shown)) return Inlines(Json::array({Mono(shown, properties)}));
  Json block = {
      {"type", "TextBlock"}, {"text", EscapedMarkdown(shown)}, {"wrap", true}, {"fontType", "Monospace"}};
  block.update(properties.is_object() ? properties : Json::object());
  block.erase("strikethrough");
  return block;
}

Json Sign(const std::string& sign) {
  Json properties = Bold();
  if (sign == "+") {
    properties["color"] = "Good";
  } else if (sign == kMinus) {
    properties["color"] = "Attention";
  } else {
    properties["isSubtle"] = true;
  }
  return Inlines(Json::array({Mono(sign, properties)}));
}

Json Title(const std::string& title, const std::string& note = "") {
  Json inlines = Json::array({Run(title, Bold())});
  if (!note.empty()) inlines.push_back(Run("   " + note, {{"isSubtle", true}, {"italic", true}}));
  return Inlines(std::move(inlines));
}

Json ValueLine(const std::string& sign, const std::string& value, bool indented) {
  Json columns = Json::array();
  if (indented) columns.push_back(Column(kIndentWidth, Json::array(), true));
  columns.push_back(Column(kSignWidth, Json::array({Sign(sign)}), !indented));
  columns.push_back(Column("stretch", Json::array({Value(value, sign == kMinus ? Subtle() : Bold())})));
  return RowOf(std::move(columns));
}

Json Transition(const Row& row) {
  Json inlines = Json::array();
  if (row.before && row.after) {
    inlines.push_back(Mono(WithoutCommands(Isolated(*row.before)), Subtle()));
    inlines.push_back(Mono(std::string(" ") + kArrow + " ", Subtle()));
    inlines.push_back(Mono(WithoutCommands(Isolated(*row.after)), Bold()));
  } else if (row.after) {
    inlines.push_back(Mono(WithoutCommands(Isolated(*row.after)), Bold()));
  } else {
    Json properties = Subtle();
    if (row.before.value_or("(empty)") != "(empty)") properties["strikethrough"] = true;
    inlines.push_back(Mono(WithoutCommands(Isolated(row.before.value_or("(empty)"))), properties));
  }
  if (!row.note.empty()) inlines.push_back(Run("   " + row.note, {{"isSubtle", true}, {"italic", true}}));
  return Inlines(std::move(inlines));
}

Json OneLine(const Row& row) {
  if (row.sign.empty()) {
    return RowOf(Json::array({Column(kLabelWidth, Json::array({TeamsText(row.key, Subtle())}), true),
                              Column("stretch", Json::array({Transition(row)}))}));
  }
  return RowOf(Json::array({Column(kSignWidth, Json::array({Sign(row.sign)}), true),
                            Column(kKeyWidth, Json::array({Inlines(Json::array({Mono(row.key)}))})),
                            Column("stretch", Json::array({Transition(row)}))}));
}

void AppendRow(const Row& row, Json& items) {
  if (!row.stacked) {
    items.push_back(OneLine(row));
    return;
  }
  Json key = Value(row.key);
  if (!row.note.empty() && key.contains("inlines")) {
    key["inlines"].push_back(Run("   " + row.note, {{"isSubtle", true}, {"italic", true}}));
  }
  if (row.sign.empty()) {
    items.push_back(TeamsText(row.key, Subtle()));
  } else {
    items.push_back(RowOf(Json::array({Column(kSignWidth, Json::array({Sign(row.sign)}), true),
                                       Column("stretch", Json::array({std::move(key)}))})));
  }
  if (row.before) items.push_back(ValueLine(kMinus, *row.before, !row.sign.empty()));
  if (row.after) items.push_back(ValueLine("+", *row.after, !row.sign.empty()));
}

Json RowItems(const std::string& title, std::vector<Row> rows, const std::string& left_out) {
  Stack(rows, kRowColumns);
  Json items = Json::array();
  if (!title.empty()) items.push_back(Title(title));
  for (Row& row : rows) {
    row.stacked = row.stacked || (!row.sign.empty() && LongestWord(row.key) > kKeyColumns);
    AppendRow(row, items);
  }
  if (!left_out.empty()) items.push_back(TeamsWrapped(left_out, Subtle()));
  return items;
}

Json FactItem(const Fact& fact) {
  return RowOf(Json::array({Column(kLabelWidth, Json::array({TeamsText(fact.label, Subtle())}), true),
                            Column("stretch", Json::array({Value(fact.value)}))}));
}

Json DigestItem(const DigestRow& row) {
  Json items = Json::array({TeamsWrapped(row.title, Bold())});
  if (!row.detail.empty()) {
    Json detail = TeamsWrapped(row.detail, Subtle());
    detail["spacing"] = "None";
    items.push_back(std::move(detail));
  }
  return RowOf(
      Json::array({Column("auto", Json::array({{{"type", "TextBlock"}, {"text", Dot(row.color)}}}), true),
                   Column("stretch", std::move(items))}));
}

struct Items {
  const std::string& inspect;

  Json operator()(const ChangeSection& section) const {
    return RowItems(section.title, RowsOf(section),
                    section.left_out == 0 ? "" : LeftOut(section.left_out, "settings", inspect));
  }

  Json operator()(const DiffSection& section) const {
    return RowItems(section.title, RowsOf(section),
                    section.left_out == 0 ? "" : LeftOut(section.left_out, section.noun, inspect));
  }

  Json operator()(const LinesSection& section) const {
    Json items = Json::array();
    if (!section.title.empty()) items.push_back(Title(section.title, section.note));
    for (const std::string& line : section.before) items.push_back(ValueLine(kMinus, line, false));
    for (const std::string& line : section.after) items.push_back(ValueLine("+", line, false));
    if (section.left_out > 0)
      items.push_back(TeamsWrapped(LeftOut(section.left_out, "lines", inspect), Subtle()));
    return items;
  }

  Json operator()(const FactsSection& section) const {
    Json items = Json::array();
    for (const Fact& fact : section.facts) items.push_back(FactItem(fact));
    return items;
  }

  Json operator()(const QuoteSection& section) const {
    Json quote = {{"type", "Container"},
                  {"style", "emphasis"},
                  {"spacing", "Small"},
                  {"items", Json::array({TeamsWrapped(section.text, Json::object())})}};
    if (section.title.empty()) return Json::array({std::move(quote)});
    return Json::array({Title(section.title), std::move(quote)});
  }

  Json operator()(const MetaSection& section) const {
    std::string text;
    for (const std::string& item : section.items) text += (text.empty() ? "" : " · ") + item;
    return Json::array({TeamsWrapped(text, Subtle())});
  }

  Json operator()(const DigestSection& section) const {
    Json items = Json::array();
    for (const DigestRow& row : section.rows) items.push_back(DigestItem(row));
    if (section.left_out > 0)
      items.push_back(TeamsText(LeftOut(section.left_out, "changes", inspect), Subtle()));
    return items;
  }
};

}  // namespace

Json TeamsItems(const CardSection& section, const std::string& inspect) {
  return std::visit(Items{inspect}, section);
}

Json TeamsText(const std::string& text, Json run_properties) {
  return Inlines(Json::array({Run(WithoutCommands(text), run_properties)}));
}

Json TeamsWrapped(const std::string& text, Json properties) {
  if (!HasLongWord(text)) return TeamsText(text, std::move(properties));
  return With({{"type", "TextBlock"}, {"text", EscapedMarkdown(WithoutCommands(text))}, {"wrap", true}},
              properties);
}

}  // namespace swarmbell::cards
