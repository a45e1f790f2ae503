#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "notifier/cards/card.h"
#include "notifier/cards/text.h"
#include "notifier/cards/words.h"
#include "notifier/chat/slack/rich_text.h"
#include "notifier/chat/slack/slack.h"

namespace swarmbell {
namespace {

// Slack's Block Kit, https://docs.slack.dev/reference/block-kit/blocks. Text from outside goes only into
// `rich_text` and `plain_text`, which show it unchanged; `mrkdwn` gets nothing that could format or ping.

using namespace cards;
using namespace slack;

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

Json DigestRows(const std::vector<DigestRow>& rows) {
  Json elements = Json::array();
  for (const DigestRow& row : rows) {
    const char* const air = elements.empty() ? "" : "\n";
    elements.push_back(
        Line(Json::array({Text(std::string(air) + Dot(row.color) + "  "), Text(row.title, true)})));
    if (!row.detail.empty()) elements.push_back(Element("rich_text_quote", Json::array({Text(row.detail)})));
  }
  return RichText(std::move(elements));
}

// `& < >` as Slack wants them escaped.
std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// The reader's own time, by Slack's clock; UTC where a client cannot do that.
std::string When(std::int64_t seconds) {
  if (seconds <= 0) return "";
  return "<!date^" + std::to_string(seconds) + "^{date_short_pretty} at {time_secs}|" +
         Utc(absl::FromUnixSeconds(seconds)) + ">";
}

// The blocks of a section that is not aligned with others.
struct Blocks {
  const std::string& inspect;

  Json operator()(const QuoteSection& section) const {
    Json elements = Json::array();
    if (!section.title.empty()) elements.push_back(Text(section.title + "\n"));
    elements.push_back(Text(section.text, true));
    return Json::array({RichText(Json::array({Element("rich_text_quote", std::move(elements))}))});
  }

  Json operator()(const OutputSection& section) const {
    Json blocks = Json::array();
    if (!section.lines.empty()) blocks.push_back(Verbatim(section.title, section.lines));
    if (section.note.empty()) return blocks;
    const bool alone = section.lines.empty() && !section.title.empty();
    blocks.push_back(GreyLine(alone ? section.title + ": " + section.note : section.note, ""));
    return blocks;
  }

  Json operator()(const TimeSection& section) const {
    return Json::array({GreyLine("", Escaped(section.label) + " " + When(section.unix_seconds))});
  }

  Json operator()(const MetaSection& section) const { return Json::array({GreyLine(MetaText(section), "")}); }

  Json operator()(const DigestSection& section) const {
    Json blocks = Json::array({DigestRows(section.rows)});
    if (section.left_out > 0) blocks.push_back(GreyLine(LeftOut(section.left_out, "changes", inspect), ""));
    return blocks;
  }

  template <typename Row>
  Json operator()(const Row&) const {
    return Json::array();
  }
};

// The blocks of all sections: those next to each other that can be aligned are one.
Json SectionBlocks(const std::vector<CardSection>& sections, const std::string& inspect) {
  Json blocks = Json::array();
  for (std::size_t i = 0; i < sections.size();) {
    std::size_t end = i;
    while (end < sections.size() && IsAligned(sections[end])) ++end;
    if (end > i) {
      blocks.push_back(AlignedBlock(&sections[i], sections.data() + end, inspect));
      i = end;
      continue;
    }
    for (Json& block : std::visit(Blocks{inspect}, sections[i])) blocks.push_back(std::move(block));
    ++i;
  }
  return blocks;
}

// A sentence of literal text, which Slack does not hide behind "see more".
Json Paragraph(const std::string& text) {
  return {{"type", "section"},
          {"text", {{"type", "plain_text"}, {"text", text}, {"emoji", false}}},
          {"expand", true}};
}

// Slack refuses a message of more than about 13,000 characters with `msg_blocks_too_long`.
constexpr std::size_t kMaxBytes = 12'000;

// Each has a contrast of 3 : 1 on Slack's white and on its dark background.
const char* Hex(Color color) {
  constexpr std::array kHex = {"#6E7785", "#22A06B", "#BF8700", "#2D7FF9", "#D92D20"};
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

// A URL inside `<url|title>` must not end it.
std::string LinkUrl(const std::string& url) {
  std::string out;
  for (const char letter : url) out += letter == '|' ? "%7C" : Escaped(std::string(1, letter));
  return out;
}

// Slack takes 3,000 characters in a text, and refuses the whole message otherwise.
constexpr std::size_t kLongestText = 2900;

std::string Links(const std::vector<CardLink>& links) {
  std::string out;
  for (const CardLink& link : links) {
    std::string title = Escaped(link.title);
    std::replace(title.begin(), title.end(), '|', '/');
    const std::string one = "<" + LinkUrl(link.url) + "|" + title + ">";
    if (out.size() + one.size() > kLongestText) continue;
    out += (out.empty() ? "" : " · ") + one;
  }
  return out;
}

// Slack takes this many blocks (https://docs.slack.dev/reference/block-kit/blocks).
constexpr std::size_t kMostBlocks = 50;
// The ends of the card: title, sentence, mention; the number of omitted parts, commands, links, and the time.
constexpr std::size_t kOtherBlocks = 8;

// Facts and details, inside the coloured bar.
Json AttachmentBlocks(const Card& card) {
  Json blocks = SectionBlocks(card.sections, card.inspect);
  if (blocks.size() > kMostBlocks - kOtherBlocks) {
    const std::size_t left_out = blocks.size() - (kMostBlocks - kOtherBlocks);
    blocks.erase(blocks.end() - static_cast<std::ptrdiff_t>(left_out), blocks.end());
    blocks.push_back(GreyLine(LeftOut(left_out, "parts of this card", card.inspect), ""));
  }
  if (!card.commands.empty()) {
    // Not in the box, which is copied as a whole.
    blocks.push_back(GreyLine("What to type", ""));
    blocks.push_back(Verbatim("", card.commands));
  }
  if (!card.links.empty()) blocks.push_back(GreyLine("", Links(card.links)));
  const std::string when = When(card.unix_seconds);
  if (!card.observer.empty() || !when.empty()) blocks.push_back(GreyLine(card.observer, when));
  return blocks;
}

// The title and the sentence, which Slack always shows; an attachment may be hidden behind "show more".
Json TopBlocks(const Card& card, const std::string& mention) {
  Json line = Json::array(
      {Text(std::string(Dot(card.color)) + "  "), Text(card.title.empty() ? "Swarmbell" : card.title, true)});
  if (!card.cluster.empty() && !card.names_swarm) line.push_back(Text(" · " + card.cluster));
  Json blocks = Json::array({RichText(Json::array({Line(std::move(line))}))});
  if (!card.subtitle.empty()) blocks.push_back(Paragraph(card.subtitle));
  if (!mention.empty()) blocks.push_back(GreyLine("", mention));
  return blocks;
}

std::string Render(const Card& card) {
  const std::string mention = Mention(card.mention);
  const std::string summary = Escaped(Summary(card));
  Json body = {{"text", mention.empty() ? summary : mention + " " + summary},
               {"blocks", TopBlocks(card, mention)},
               {"attachments", Json::array()}};
  // Slack shows no attachment without content.
  if (Json blocks = AttachmentBlocks(card); !blocks.empty()) {
    body["attachments"].push_back(
        {{"color", Hex(card.color)}, {"fallback", summary}, {"blocks", std::move(blocks)}});
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string RenderSlack(const Card& card) { return FitCard(card, kMaxBytes, Render); }

}  // namespace swarmbell
