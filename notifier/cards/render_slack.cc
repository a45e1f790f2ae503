#include <algorithm>
#include <cctype>

#include "nlohmann/json.hpp"
#include "notifier/cards/render.h"
#include "notifier/cards/rows.h"
#include "notifier/cards/slack_sections.h"
#include "notifier/cards/trim.h"
#include "notifier/cards/words.h"

namespace swarmbell {
namespace {

using Json = nlohmann::ordered_json;

// Slack refuses a message of more than about 13,000 characters with `msg_blocks_too_long`.
constexpr std::size_t kMaxBytes = 12'000;

const char* Hex(Color color) {
  switch (color) {
    case Color::kBlack:
      return "#3D4148";
    case Color::kGreen:
      return "#2EB67D";
    case Color::kYellow:
      return "#ECB22E";
    case Color::kBlue:
      return "#2D7FF9";
    case Color::kRed:
      break;
  }
  return "#D92D20";
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
  return markup && mention.find('>') == mention.size() - 1 ? mention : cards::SlackEscaped(mention);
}

// The reader's own time, by Slack's clock; UTC where a client cannot do that.
std::string When(std::int64_t seconds) {
  if (seconds <= 0) return "";
  return "<!date^" + std::to_string(seconds) + "^{date_short_pretty} at {time_secs}|" +
         cards::Utc(absl::FromUnixSeconds(seconds)) + ">";
}

std::string Summary(const Card& card) {
  std::string text = std::string(cards::Dot(card.color)) + " " + card.title;
  if (!card.subtitle.empty()) text += ". " + card.subtitle;
  return card.cluster.empty() ? text : text + " (" + card.cluster + ")";
}

Json Header(const std::string& title) {
  return {{"type", "header"}, {"text", {{"type", "plain_text"}, {"text", title}, {"emoji", false}}}};
}

// A URL inside `<url|title>` must not end it.
std::string LinkUrl(const std::string& url) {
  std::string out;
  for (const char letter : url) out += letter == '|' ? "%7C" : cards::SlackEscaped(std::string(1, letter));
  return out;
}

std::string Links(const std::vector<CardLink>& links) {
  std::string out;
  for (const CardLink& link : links) {
    std::string title = cards::SlackEscaped(link.title);
    std::replace(title.begin(), title.end(), '|', '/');
    out += (out.empty() ? "" : " · ") + ("<" + LinkUrl(link.url)) + "|" + title + ">";
  }
  return out;
}

// Slack takes this many blocks (https://docs.slack.dev/reference/block-kit/blocks).
constexpr std::size_t kMostBlocks = 50;
// What comes after the sections: that some are left out, links, and when it happened.
constexpr std::size_t kLastBlocks = 3;

// Everything inside the coloured bar.
Json AttachmentBlocks(const Card& card) {
  Json blocks = Json::array({Header(card.title.empty() ? "Swarmbell" : card.title)});
  if (!card.subtitle.empty()) blocks.push_back(cards::SlackParagraph(card.subtitle));
  std::uint32_t left_out = 0;
  for (const CardSection& section : card.sections) {
    for (Json& block : cards::SlackBlocks(section, card.inspect)) {
      if (blocks.size() < kMostBlocks - kLastBlocks) {
        blocks.push_back(std::move(block));
      } else {
        ++left_out;
      }
    }
  }
  if (left_out > 0) {
    blocks.push_back(cards::SlackGreyLine(cards::LeftOut(left_out, "parts of this card", card.inspect), ""));
  }
  if (!card.links.empty()) blocks.push_back(cards::SlackGreyLine("", Links(card.links)));
  const std::string when = When(card.unix_seconds);
  if (!card.observer.empty() || !when.empty()) blocks.push_back(cards::SlackGreyLine(card.observer, when));
  return blocks;
}

// One grey line above the bar: with top-level blocks Slack uses `text` for notifications only.
Json TopBlocks(const Card& card, const std::string& mention) {
  return Json::array({cards::SlackGreyLine(
      "Docker Swarm" + (card.cluster.empty() ? std::string() : " · " + card.cluster), mention)});
}

std::string Render(const Card& card) {
  const std::string mention = Mention(card.mention);
  const std::string summary = cards::SlackEscaped(Summary(card));
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

std::string RenderSlack(const Card& card) { return cards::FitCard(card, kMaxBytes, Render); }

}  // namespace swarmbell
