#include "notifier/chat/slack/slack.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "notifier/cards/rows.h"
#include "notifier/cards/trim.h"
#include "notifier/cards/words.h"
#include "notifier/chat/slack/blocks.h"
#include "notifier/chat/webhook_channel.h"

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
// The end of the card: the number of omitted sections, links, and the time.
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

struct WordList {
  Outcome outcome;
  const char* advice;
  std::initializer_list<absl::string_view> words;
};

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
const std::initializer_list<WordList> kKnownAnswers = {
    {Outcome::kUntilMended,
     "the webhook is gone: make a new one and set its URL",
     {"no_service", "no_service_id", "no_active_hooks", "no_team", "team_disabled", "invalid_token"}},
    {Outcome::kUntilMended,
     "the channel is archived or gone: unarchive it, or make a webhook for another channel and set its URL",
     {"channel_is_archived", "is_archived", "channel_not_found"}},
    {Outcome::kUntilMended,
     "the webhook may not post there: check the channel, or make a new webhook and set its URL",
     {"action_prohibited", "posting_to_general_channel_denied", "restricted_action", "not_in_channel",
      "no_permission"}},
    {Outcome::kUntilMended,
     "the URL is one of Slack's Web API: make an Incoming Webhook and set its URL",
     {"not_authed", "invalid_auth", "token_revoked", "token_expired", "account_inactive", "missing_scope",
      "not_allowed_token_type", "unknown_method", "access_denied"}},
    {Outcome::kUntilMended,
     "the URL is one of Slack's Workflow Builder: make an Incoming Webhook and set its URL",
     {"invalid_workflow_input", "workflow_not_found", "workflow_not_published", "trigger_not_found",
      "trigger_does_not_exist"}},
    {Outcome::kRetry,
     "",
     {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
      "request_timeout", "rollup_error"}},
    {Outcome::kFinal,
     "the message is dropped: look at it with --preview",
     {"invalid_payload", "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "no_text",
      "msg_too_long", "msg_blocks_too_long", "too_many_attachments", "invalid_arguments", "invalid_form_data",
      "invalid_json", "user_not_found"}},
};

std::optional<KnownAnswer> FindKnown(const std::string& word, const std::string&) {
  for (const WordList& list : kKnownAnswers) {
    if (std::find(list.words.begin(), list.words.end(), word) != list.words.end())
      return KnownAnswer{list.outcome, list.advice};
  }
  return std::nullopt;
}

std::string ForbiddenAdvice(const std::string&) {
  return "the webhook may not post there: check the channel, or make a new webhook and set its URL";
}

// Any 2xx but the one that Slack gives. Whoever answers neither so nor with an error may have taken the
// message: it is asked seldom.
Verdict JudgeSuccess(const HttpResponse& answer, const std::string& word, const std::string& url,
                     absl::Time) {
  const std::string body(absl::StripAsciiWhitespace(answer.body));
  if (body == "ok") return {};
  const std::string said =
      absl::StrCat("answered ", answer.status, " but not \"ok\"", word.empty() ? "" : ": ", word);
  if (answer.cut && absl::StartsWith("ok", body)) {
    return {Outcome::kAccepted, absl::StrCat("answered ", answer.status, " and broke off before its \"ok\"")};
  }
  if (const auto known = FindKnown(word, url)) return {known->outcome, said, std::nullopt, known->advice};
  const std::optional<bool> success = SaysSuccess(answer.body);
  if (success == true) {
    return {Outcome::kFinal, said, std::nullopt,
            "something else than an Incoming Webhook of Slack took the message: check the webhook's URL",
            /*taken=*/true};
  }
  const bool clear = success.has_value() || HoldsError(answer.body);
  return {
      Outcome::kUntilMended, said, clear ? std::nullopt : std::optional(kLongestRetryAfter),
      "something else than Slack may answer, such as a proxy or a login page: check the webhook's URL and "
      "HTTPS_PROXY"};
}

constexpr ChatAnswers kAnswers = {FindKnown, ForbiddenAdvice, JudgeSuccess};

}  // namespace

std::string RenderSlack(const Card& card) { return cards::FitCard(card, kMaxBytes, Render); }

Verdict JudgeSlackAnswer(const HttpResponse& answer, const std::string& url, absl::Time now) {
  return JudgeAnswer(kAnswers, answer, url, now);
}

Chat SlackChat() {
  return {.type = ReceiverType::kSlack,
          .name = "slack",
          .render = [](const Card& card, const TerminalStyle&) { return RenderSlack(card); },
          .open = OpenWebhook<JudgeSlackAnswer>};
}

}  // namespace swarmbell
