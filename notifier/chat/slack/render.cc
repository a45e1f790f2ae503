#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "notifier/cards/card.h"
#include "notifier/cards/text.h"
#include "notifier/cards/words.h"
#include "notifier/chat/slack/slack.h"

namespace swarmbell {
namespace {

// Slack's Block Kit, https://docs.slack.dev/reference/block-kit/blocks. Text from outside goes only into
// `rich_text` and `plain_text`, which show it unchanged; `mrkdwn` gets nothing that could format or ping.

using namespace cards;
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

// A small grey line: literal text, then mrkdwn of this program; either may be empty.
Json GreyLine(const std::string& text, const std::string& mrkdwn) {
  const auto context = [](Json elements) { return Element("context", std::move(elements)); };
  if (IsPlainMrkdwn(text)) {
    const std::string joint = text.empty() || mrkdwn.empty() ? "" : " · ";
    return context(Json::array({{{"type", "mrkdwn"}, {"text", text + joint + mrkdwn}, {"verbatim", true}}}));
  }
  Json elements = Json::array({{{"type", "plain_text"}, {"text", text}, {"emoji", false}}});
  if (!mrkdwn.empty()) elements.push_back({{"type", "mrkdwn"}, {"text", mrkdwn}, {"verbatim", true}});
  return context(std::move(elements));
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

// True for the facts that are shown in a grid of two columns: short ones, if there are two in a row.
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
    return RowsBlock(section.title, RowsOf(section), LeftOut(section.left_out, "settings", inspect));
  }

  Json operator()(const DiffSection& section) const {
    return RowsBlock(section.title, RowsOf(section), LeftOut(section.left_out, section.noun, inspect));
  }

  Json operator()(const LinesSection& section) const {
    std::vector<std::string> lines;
    for (const std::string& line : section.before) lines.push_back(kMinus + (" " + Isolated(Shown(line))));
    for (const std::string& line : section.after) lines.push_back("+ " + Isolated(Shown(line)));
    if (!section.note.empty()) lines.push_back("  " + section.note);
    if (section.left_out > 0) lines.push_back(LeftOut(section.left_out, "lines", inspect));
    return Titled(section.title, Preformatted(lines));
  }

  Json operator()(const FactsSection& section) const {
    Json blocks = FactBlocks(section);
    if (!section.title.empty())
      blocks.insert(blocks.begin(), RichText(Json::array({TitleElement(section.title)})));
    return blocks;
  }

  Json operator()(const QuoteSection& section) const {
    return Titled(section.title, Element("rich_text_quote", Json::array({Text(section.text)})));
  }

  Json operator()(const OutputSection& section) const {
    Json blocks = Json::array();
    if (!section.lines.empty()) blocks = Titled(section.title, Preformatted(section.lines));
    if (!section.note.empty()) blocks.push_back(GreyLine(section.note, ""));
    return blocks;
  }

  Json operator()(const MetaSection& section) const { return Json::array({GreyLine(MetaText(section), "")}); }

  Json operator()(const DigestSection& section) const {
    Json rows = Json::array();
    for (const DigestRow& row : section.rows) {
      if (!rows.empty()) rows.back()["elements"].push_back(Text("\n"));
      rows.push_back(DigestRowElement(row));
    }
    Json blocks = Json::array({RichText(std::move(rows))});
    if (section.left_out > 0) blocks.push_back(GreyLine(LeftOut(section.left_out, "changes", inspect), ""));
    return blocks;
  }
};

// The blocks of one section of a card.
Json BlocksOf(const CardSection& section, const std::string& inspect) {
  return std::visit(Blocks{inspect}, section);
}

// A sentence of literal text.
Json Paragraph(const std::string& text) {
  return {{"type", "section"}, {"text", {{"type", "plain_text"}, {"text", text}, {"emoji", false}}}};
}

// `& < >` as Slack wants them escaped.
std::string Escaped(std::string_view text) {
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

// Slack refuses a message of more than about 13,000 characters with `msg_blocks_too_long`.
constexpr std::size_t kMaxBytes = 12'000;

const char* Hex(Color color) {
  constexpr std::array kHex = {"#3D4148", "#2EB67D", "#ECB22E", "#2D7FF9", "#D92D20"};
  return kHex[static_cast<std::size_t>(color)];
}

bool IsId(const std::string& text, const std::string& initials) {
  return text.size() >= 9 && initials.find(text[0]) != std::string::npos &&
         std::all_of(text.begin(), text.end(), [](char letter) {
           return std::isupper(static_cast<unsigned char>(letter)) != 0 ||
                  std::isdigit(static_cast<unsigned char>(letter)) != 0;
         });
}

// A mention as it was configured, in Slack's form.
std::string Mention(std::string mention) {
  if (mention.empty()) return "";
  if (mention[0] == '@') mention.erase(0, 1);
  if (mention == "here" || mention == "channel" || mention == "everyone") return "<!" + mention + ">";
  if (IsId(mention, "UW")) return "<@" + mention + ">";
  if (IsId(mention, "S")) return "<!subteam^" + mention + ">";
  const bool markup = mention.rfind("<@", 0) == 0 || mention.rfind("<!", 0) == 0;
  return markup && mention.find('>') == mention.size() - 1 ? mention : Escaped(mention);
}

// The reader's own time, by Slack's clock; UTC where a client cannot do that.
std::string When(std::int64_t seconds) {
  if (seconds <= 0) return "";
  return "<!date^" + std::to_string(seconds) + "^{date_short_pretty} at {time_secs}|" +
         Utc(absl::FromUnixSeconds(seconds)) + ">";
}

std::string Summary(const Card& card) {
  std::string text = std::string(Dot(card.color)) + " " + card.title;
  if (!card.subtitle.empty()) text += ". " + card.subtitle;
  return card.cluster.empty() ? text : text + " (" + card.cluster + ")";
}

Json Header(const std::string& title) {
  return {{"type", "header"}, {"text", {{"type", "plain_text"}, {"text", title}, {"emoji", false}}}};
}

// A URL inside `<url|title>` must not end it.
std::string LinkUrl(const std::string& url) {
  std::string out;
  for (const char letter : url) out += letter == '|' ? "%7C" : Escaped(std::string(1, letter));
  return out;
}

std::string Links(const std::vector<CardLink>& links) {
  std::string out;
  for (const CardLink& link : links) {
    std::string title = Escaped(link.title);
    std::replace(title.begin(), title.end(), '|', '/');
    out += (out.empty() ? "" : " · ") + ("<" + LinkUrl(link.url)) + "|" + title + ">";
  }
  return out;
}

// Slack takes this many blocks (https://docs.slack.dev/reference/block-kit/blocks).
constexpr std::size_t kMostBlocks = 50;
// The end of the card: the number of omitted sections, commands, links, and the time.
constexpr std::size_t kLastBlocks = 4;

// Everything inside the coloured bar.
Json AttachmentBlocks(const Card& card) {
  Json blocks = Json::array({Header(card.title.empty() ? "Swarmbell" : card.title)});
  if (!card.subtitle.empty()) blocks.push_back(Paragraph(card.subtitle));
  std::uint32_t left_out = 0;
  for (const CardSection& section : card.sections) {
    for (Json& block : BlocksOf(section, card.inspect)) {
      if (blocks.size() < kMostBlocks - kLastBlocks) {
        blocks.push_back(std::move(block));
      } else {
        ++left_out;
      }
    }
  }
  if (left_out > 0) {
    blocks.push_back(GreyLine(LeftOut(left_out, "parts of this card", card.inspect), ""));
  }
  if (!card.commands.empty()) blocks.push_back(RichText(Json::array({Preformatted(card.commands)})));
  if (!card.links.empty()) blocks.push_back(GreyLine("", Links(card.links)));
  const std::string when = When(card.unix_seconds);
  if (!card.observer.empty() || !when.empty()) blocks.push_back(GreyLine(card.observer, when));
  return blocks;
}

// One grey line above the bar: with top-level blocks Slack uses `text` for notifications only.
Json TopBlocks(const Card& card, const std::string& mention) {
  return Json::array(
      {GreyLine("Docker Swarm" + (card.cluster.empty() ? std::string() : " · " + card.cluster), mention)});
}

std::string Render(const Card& card) {
  const std::string mention = Mention(card.mention);
  const std::string summary = Escaped(Summary(card));
  const Json body = {
      {"text", mention.empty() ? summary : mention + " " + summary},
      {"blocks", TopBlocks(card, mention)},
      {"attachments",
       Json::array(
           {{{"color", Hex(card.color)}, {"fallback", summary}, {"blocks", AttachmentBlocks(card)}}})},
  };
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string RenderSlack(const Card& card) { return FitCard(card, kMaxBytes, Render); }

}  // namespace swarmbell
