#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "notifier/cards/card.h"
#include "notifier/cards/text.h"
#include "notifier/chat/teams/teams.h"

namespace swarmbell {
namespace {

// An Adaptive Card 1.4, https://adaptivecards.io/explorer. Text from outside goes into RichTextBlock, which
// shows it unchanged. Only words too long for a narrow card go into TextBlock, which can break them but reads
// Markdown, so that it is escaped there.

using namespace cards;
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

// A paragraph of literal text with the properties of a TextRun.
Json Text(const std::string& text, Json run_properties) {
  return Inlines(Json::array({Run(WithoutCommands(text), run_properties)}));
}

// As Text, for text that may hold words as long as a card is wide.
Json Wrapped(const std::string& text, Json properties) {
  if (!HasLongWord(text)) return Text(text, std::move(properties));
  return With({{"type", "TextBlock"}, {"text", EscapedMarkdown(WithoutCommands(text))}, {"wrap", true}},
              properties);
}

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
    return RowOf(Json::array({Column(kLabelWidth, Json::array({Text(row.key, Subtle())}), true),
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
    items.push_back(Text(row.key, Subtle()));
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
  if (!left_out.empty()) items.push_back(Wrapped(left_out, Subtle()));
  return items;
}

Json FactItem(const Fact& fact) {
  return RowOf(Json::array({Column(kLabelWidth, Json::array({Text(fact.label, Subtle())}), true),
                            Column("stretch", Json::array({Value(fact.value)}))}));
}

Json DigestItem(const DigestRow& row) {
  Json items = Json::array({Wrapped(row.title, Bold())});
  if (!row.detail.empty()) {
    Json detail = Wrapped(row.detail, Subtle());
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
    return RowItems(section.title, RowsOf(section), LeftOut(section.left_out, "settings", inspect));
  }

  Json operator()(const DiffSection& section) const {
    return RowItems(section.title, RowsOf(section), LeftOut(section.left_out, section.noun, inspect));
  }

  Json operator()(const LinesSection& section) const {
    Json items = Json::array();
    if (!section.title.empty()) items.push_back(Title(section.title, section.note));
    for (const std::string& line : section.before) items.push_back(ValueLine(kMinus, line, false));
    for (const std::string& line : section.after) items.push_back(ValueLine("+", line, false));
    if (section.left_out > 0) items.push_back(Wrapped(LeftOut(section.left_out, "lines", inspect), Subtle()));
    return items;
  }

  Json operator()(const FactsSection& section) const {
    Json items = Json::array();
    if (!section.title.empty()) items.push_back(Title(section.title));
    for (const Fact& fact : section.facts) items.push_back(FactItem(fact));
    return items;
  }

  Json operator()(const QuoteSection& section) const {
    Json quote = {{"type", "Container"},
                  {"style", "emphasis"},
                  {"spacing", "Small"},
                  {"items", Json::array({Wrapped(section.text, Json::object())})}};
    if (section.title.empty()) return Json::array({std::move(quote)});
    return Json::array({Title(section.title), std::move(quote)});
  }

  Json operator()(const OutputSection& section) const {
    Json items = Json::array();
    if (!section.title.empty()) items.push_back(Title(section.title));
    for (const std::string& line : section.lines) items.push_back(Value(line));
    if (!section.note.empty()) items.push_back(Wrapped(section.note, Subtle()));
    return items;
  }

  Json operator()(const MetaSection& section) const {
    return Json::array({Wrapped(MetaText(section), Subtle())});
  }

  Json operator()(const DigestSection& section) const {
    Json items = Json::array();
    for (const DigestRow& row : section.rows) items.push_back(DigestItem(row));
    if (section.left_out > 0) items.push_back(Text(LeftOut(section.left_out, "changes", inspect), Subtle()));
    return items;
  }
};

// The elements of one section of a card.
Json ItemsOf(const CardSection& section, const std::string& inspect) {
  return std::visit(Items{inspect}, section);
}

// Teams counts 28 KiB after wrapping the card in more of its own, and drops what is longer after having
// accepted it.
constexpr std::size_t kMaxBytes = 20'480;

// Adaptive Cards know no colours of one's own, only these styles.
const char* Style(Color color) {
  constexpr std::array kStyles = {"emphasis", "good", "warning", "accent", "attention"};
  return kStyles[static_cast<std::size_t>(color)];
}

Json WithSpacing(Json element, const char* spacing) {
  element["spacing"] = spacing;
  return element;
}

Json HeadColumn(const char* width, Json items) {
  return {{"type", "Column"}, {"width", width}, {"spacing", "Small"}, {"items", std::move(items)}};
}

// The coloured band with a dot, the title and the sentence under it.
Json Head(const Card& card) {
  Json words = Json::array({Wrapped(card.title, {{"size", "Large"}, {"weight", "Bolder"}})});
  if (!card.subtitle.empty()) {
    words.push_back(WithSpacing(Wrapped(card.subtitle, Json::object()), "None"));
  }
  const Json dot = {{"type", "TextBlock"}, {"text", Dot(card.color)}, {"size", "Large"}};
  const Json columns =
      Json::array({HeadColumn("auto", Json::array({dot})), HeadColumn("stretch", std::move(words))});
  return {{"type", "Container"},
          {"style", Style(card.color)},
          {"bleed", true},
          {"items", Json::array({{{"type", "ColumnSet"}, {"columns", columns}}})}};
}

Json Section(const CardSection& section, const std::string& inspect, bool joined, bool first) {
  Json container = {{"type", "Container"}, {"spacing", joined ? "Small" : "Medium"}};
  if (!first && !joined) container["separator"] = true;
  container["items"] = ItemsOf(section, inspect);
  return container;
}

// `prod-eu · manager-01 · 2026-11-22 12:44:05 UTC`
Json Footer(const Card& card) {
  Json footer = Wrapped(FooterText(card), {{"size", "Small"}, {"isSubtle", true}});
  footer["spacing"] = "Medium";
  footer["separator"] = true;
  return footer;
}

Json Actions(const std::vector<CardLink>& links) {
  Json actions = Json::array();
  for (const CardLink& link : links) {
    actions.push_back({{"type", "Action.OpenUrl"}, {"title", link.title}, {"url", link.url}});
  }
  return actions;
}

// From a workflow, Teams mentions only persons, by their address (user principal name).
bool IsAddress(const std::string& mention) {
  return mention.find('@') != std::string::npos && mention.find('@') > 0 &&
         mention.find_first_of(" <>\"\\") == std::string::npos;
}

Json MentionEntity(const std::string& address) {
  return {{"type", "mention"},
          {"text", "<at>" + address + "</at>"},
          {"mentioned", {{"id", address}, {"name", address}}}};
}

Json Content(const Card& card) {
  Json body = Json::array({Head(card)});
  Json teams = {{"width", "Full"}};
  if (IsAddress(card.mention)) {
    body.push_back({{"type", "TextBlock"}, {"text", "<at>" + card.mention + "</at>"}, {"wrap", true}});
    teams["entities"] = Json::array({MentionEntity(card.mention)});
  }
  for (std::size_t i = 0; i < card.sections.size(); ++i) {
    const bool joined = i > 0 && !StandsApart(card.sections[i - 1], card.sections[i]);
    body.push_back(Section(card.sections[i], card.inspect, joined, i == 0));
  }
  for (const std::string& command : card.commands) body.push_back(Value(command));
  body.push_back(Footer(card));
  Json content = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                  {"type", "AdaptiveCard"},
                  {"version", "1.4"},
                  {"fallbackText", card.subtitle.empty() ? card.title : card.title + ". " + card.subtitle},
                  {"msteams", std::move(teams)},
                  {"body", std::move(body)}};
  if (!card.links.empty()) content["actions"] = Actions(card.links);
  return content;
}

std::string Render(const Card& card) {
  const Json message = {
      {"type", "message"},
      {"summary", card.title},
      {"attachments", Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                    {"contentUrl", nullptr},
                                    {"content", Content(card)}}})},
  };
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string RenderTeams(const Card& card) { return FitCard(card, kMaxBytes, Render); }

}  // namespace swarmbell
