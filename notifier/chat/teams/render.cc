#include <array>
#include <cctype>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "notifier/cards/card.h"
#include "notifier/cards/text.h"
#include "notifier/chat/teams/elements.h"
#include "notifier/chat/teams/teams.h"

namespace swarmbell {
namespace {

// An Adaptive Card 1.4, https://adaptivecards.io/explorer.

using namespace cards;
using namespace teams;

// Widths that make the values of all sections share one left edge: a label is as wide as a sign, the space
// between and a key.
constexpr const char* kSignWidth = "14px";
constexpr const char* kKeyWidth = "106px";
constexpr const char* kLabelWidth = "128px";
constexpr const char* kIndentWidth = "14px";
constexpr std::size_t kKeyColumns = 12;    // of what fits into kKeyWidth
constexpr std::size_t kLabelColumns = 16;  // and into kLabelWidth
constexpr std::size_t kRowColumns = 60;

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

Json ValueLine(const std::string& sign, const std::string& value, bool indented) {
  Json columns = Json::array();
  if (indented) columns.push_back(Column(kIndentWidth, Json::array(), true));
  columns.push_back(Column(kSignWidth, Json::array({Sign(sign)}), !indented));
  columns.push_back(Column("stretch", MonospaceItems(value, sign == kMinus ? Subtle() : Bold())));
  return RowOf(std::move(columns));
}

// Entries with a sign are the user's own texts, in monospace; the others are in words.
Json Transition(const Row& row) {
  const Json font = row.sign.empty() ? Json::object() : Json{{"fontType", "Monospace"}};
  const auto run = [&font](const std::string& text, const Json& properties) {
    return Run(WithoutCommands(text), With(font, properties));
  };
  Json inlines = Json::array();
  if (row.before && row.after) {
    inlines.push_back(run(Isolated(*row.before) + " " + kArrow + " ", Subtle()));
    inlines.push_back(run(Isolated(*row.after), Bold()));
  } else if (row.after) {
    inlines.push_back(run(Isolated(*row.after), Bold()));
  } else {
    Json properties = Subtle();
    if (row.before.value_or("(empty)") != "(empty)") properties["strikethrough"] = true;
    inlines.push_back(run(Isolated(row.before.value_or("(empty)")), properties));
  }
  if (!row.note.empty()) inlines.push_back(Run("   " + row.note, {{"isSubtle", true}, {"italic", true}}));
  return Inlines(std::move(inlines));
}

Json OneLine(const Row& row) {
  if (row.sign.empty()) {
    return RowOf(Json::array({Column(kLabelWidth, Json::array({Text(row.key, Subtle())}), true),
                              Column("stretch", Json::array({Transition(row)}))}));
  }
  return RowOf(
      Json::array({Column(kSignWidth, Json::array({Sign(row.sign)}), true),
                   Column(kKeyWidth, Json::array({Inlines(Json::array({Mono(WithoutCommands(row.key))}))})),
                   Column("stretch", Json::array({Transition(row)}))}));
}

void AppendRow(const Row& row, Json& items) {
  if (!row.stacked) {
    items.push_back(OneLine(row));
    return;
  }
  Json key = MonospaceItems(row.key);
  if (!row.note.empty() && key.back().contains("inlines")) {
    key.back()["inlines"].push_back(Run("   " + row.note, {{"isSubtle", true}, {"italic", true}}));
  }
  if (row.sign.empty()) {
    items.push_back(Text(row.key, Subtle()));
  } else {
    items.push_back(RowOf(Json::array(
        {Column(kSignWidth, Json::array({Sign(row.sign)}), true), Column("stretch", std::move(key))})));
  }
  if (row.before) items.push_back(ValueLine(kMinus, *row.before, !row.sign.empty()));
  if (row.after) items.push_back(ValueLine("+", *row.after, !row.sign.empty()));
}

Json RowItems(const std::string& title, std::vector<Row> rows, const std::string& left_out) {
  Stack(rows, kRowColumns);
  Json items = Json::array();
  if (!title.empty()) items.push_back(Title(title));
  for (Row& row : rows) {
    row.stacked = row.stacked || LongestWord(row.key) > (row.sign.empty() ? kLabelColumns : kKeyColumns);
    AppendRow(row, items);
  }
  if (!left_out.empty()) items.push_back(Wrapped(left_out, Subtle()));
  return items;
}

// True if a label fits beside its value.
bool FitsColumn(const std::string& label) { return LongestWord(label) <= kLabelColumns; }

Json FactItem(const Fact& fact) {
  if (!FitsColumn(fact.label)) {
    Json items = ValueItems(fact.value);
    items[0]["spacing"] = "None";
    items.insert(items.begin(), Wrapped(fact.label, Subtle()));
    return {{"type", "Container"}, {"spacing", "Small"}, {"items", std::move(items)}};
  }
  return RowOf(Json::array({Column(kLabelWidth, Json::array({Text(fact.label, Subtle())}), true),
                            Column("stretch", ValueItems(fact.value))}));
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

// `Sun, Nov 22, 2026 1:44 PM`: Teams shows the reader's own time.
std::string When(std::int64_t seconds) {
  const std::string utc =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  return "{{DATE(" + utc + ",SHORT)}} {{TIME(" + utc + ")}}";
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

  Json operator()(const TimeSection& section) const {
    const Json when = {{"type", "TextBlock"}, {"text", When(section.unix_seconds)}, {"wrap", true}};
    return Json::array(
        {RowOf(Json::array({Column(kLabelWidth, Json::array({Text(section.label, Subtle())}), true),
                            Column("stretch", Json::array({when}))}))});
  }

  Json operator()(const QuoteSection& section) const {
    Json items = Json::array();
    if (!section.title.empty()) items.push_back(Text(section.title, Subtle()));
    items.push_back(WithSpacing(Wrapped(section.text, Bold()), "None"));
    return items;
  }

  Json operator()(const OutputSection& section) const {
    Json items = Json::array();
    if (!section.title.empty()) items.push_back(Title(section.title));
    if (!section.lines.empty()) items.push_back(Box(section.lines));
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

// The same for text.
const char* Ink(Color color) {
  constexpr std::array kInks = {"Default", "Good", "Warning", "Accent", "Attention"};
  return kInks[static_cast<std::size_t>(color)];
}

Json HeadColumn(const char* width, Json items) {
  return {{"type", "Column"}, {"width", width}, {"spacing", "Small"}, {"items", std::move(items)}};
}

// The coloured band with a sign, the title and the sentence under it.
Json Head(const Card& card) {
  const Json title = {{"size", "Large"}, {"weight", "Bolder"}, {"color", Ink(card.color)}};
  Json words = Json::array({Wrapped(card.title, title)});
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

Json Section(const CardSection& section, const std::string& inspect, bool joined) {
  return {
      {"type", "Container"}, {"spacing", joined ? "Small" : "Medium"}, {"items", ItemsOf(section, inspect)}};
}

// `prod-eu · seen by manager-01 · Sun, Nov 22, 2026 1:44 PM`
Json Footer(const Card& card) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : " · ") + part;
  };
  add(Escaped(card.cluster));
  add(Escaped(card.observer));
  if (card.unix_seconds > 0) add(When(card.unix_seconds));
  return {{"type", "TextBlock"}, {"text", std::move(text)}, {"wrap", true},
          {"size", "Small"},     {"isSubtle", true},        {"spacing", "Medium"}};
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

Json Commands(const std::vector<std::string>& commands) {
  return {{"type", "Container"},
          {"spacing", "Medium"},
          {"items", Json::array({Title("What to type"), Box(commands)})}};
}

Json Content(const Card& card) {
  Json body = Json::array({Head(card)});
  // Red is the palest of the styles, and the one that must be seen: it is the whole card.
  Json& place = card.color == Color::kRed ? body[0]["items"] : body;
  Json teams = {{"width", "Full"}};
  if (IsAddress(card.mention)) {
    place.push_back({{"type", "TextBlock"}, {"text", "<at>" + card.mention + "</at>"}, {"wrap", true}});
    teams["entities"] = Json::array({MentionEntity(card.mention)});
  }
  for (std::size_t i = 0; i < card.sections.size(); ++i) {
    const bool joined = i > 0 && !StandsApart(card.sections[i - 1], card.sections[i]);
    place.push_back(Section(card.sections[i], card.inspect, joined));
  }
  if (!card.commands.empty()) place.push_back(Commands(card.commands));
  place.push_back(Footer(card));
  Json content = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                  {"type", "AdaptiveCard"},
                  {"version", "1.4"},
                  {"fallbackText", Summary(card)},
                  {"msteams", std::move(teams)},
                  {"body", std::move(body)}};
  if (!card.links.empty()) content["actions"] = Actions(card.links);
  return content;
}

std::string Render(const Card& card) {
  const Json message = {
      {"type", "message"},
      {"summary", Summary(card)},
      {"attachments", Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                    {"contentUrl", nullptr},
                                    {"content", Content(card)}}})},
  };
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string RenderTeams(const Card& card) { return FitCard(card, kMaxBytes, Render); }

}  // namespace swarmbell
