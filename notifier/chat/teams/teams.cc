#include "notifier/chat/teams/teams.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "notifier/cards/footer.h"
#include "notifier/cards/rows.h"
#include "notifier/cards/trim.h"
#include "notifier/chat/teams/elements.h"
#include "notifier/chat/webhook_channel.h"

namespace swarmbell {
namespace {

using Json = nlohmann::ordered_json;

// Teams counts 28 KiB after wrapping the card in more of its own, and drops what is longer after having
// accepted it.
constexpr std::size_t kMaxBytes = 20'480;

// Adaptive Cards know no colours of one's own, only these styles.
const char* Style(Color color) {
  switch (color) {
    case Color::kBlack:
      return "emphasis";
    case Color::kGreen:
      return "good";
    case Color::kYellow:
      return "warning";
    case Color::kBlue:
      return "accent";
    case Color::kRed:
      break;
  }
  return "attention";
}

Json WithSpacing(Json element, const char* spacing) {
  element["spacing"] = spacing;
  return element;
}

Json Column(const char* width, Json items) {
  return {{"type", "Column"}, {"width", width}, {"spacing", "Small"}, {"items", std::move(items)}};
}

// The coloured band with a dot, the title and the sentence under it.
Json Head(const Card& card) {
  Json words = Json::array({cards::TeamsWrapped(card.title, {{"size", "Large"}, {"weight", "Bolder"}})});
  if (!card.subtitle.empty()) {
    words.push_back(WithSpacing(cards::TeamsWrapped(card.subtitle, Json::object()), "None"));
  }
  const Json dot = {{"type", "TextBlock"}, {"text", cards::Dot(card.color)}, {"size", "Large"}};
  const Json columns = Json::array({Column("auto", Json::array({dot})), Column("stretch", std::move(words))});
  return {{"type", "Container"},
          {"style", Style(card.color)},
          {"bleed", true},
          {"items", Json::array({{{"type", "ColumnSet"}, {"columns", columns}}})}};
}

Json Section(const CardSection& section, const std::string& inspect, bool joined, bool first) {
  Json container = {{"type", "Container"}, {"spacing", joined ? "Small" : "Medium"}};
  if (!first && !joined) container["separator"] = true;
  container["items"] = cards::TeamsItems(section, inspect);
  return container;
}

// `prod-eu · manager-01 · 2026-11-22 12:44:05 UTC`
Json Footer(const Card& card) {
  Json footer = cards::TeamsWrapped(cards::FooterText(card), {{"size", "Small"}, {"isSubtle", true}});
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

// Teams tells a person by their address (user principal name) and nobody else from a workflow.
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
    const bool joined = i > 0 && !cards::StandsApart(card.sections[i - 1], card.sections[i]);
    body.push_back(Section(card.sections[i], card.inspect, joined, i == 0));
  }
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

bool HoldsAny(const std::string& word, std::initializer_list<absl::string_view> parts) {
  const std::string lower = absl::AsciiStrToLower(word);
  return std::any_of(parts.begin(), parts.end(),
                     [&](absl::string_view part) { return absl::StrContains(lower, part); });
}

// Advice for a flow that accepts nobody.
std::string ForbiddenAdvice(const std::string& url) {
  if (absl::StrContains(url, "&amp;")) {
    return "the URL holds &amp; where & belongs: set it as Teams shows it";
  }
  if (!absl::StrContains(url, "sig=")) {
    return "the URL has no sig=, as when a shell cuts it at &: set the whole URL, in quotes";
  }
  return "let Anyone trigger the workflow, or make a new one and set its URL";
}

std::optional<KnownAnswer> FindKnown(const std::string& word, const std::string& url) {
  if (word.empty()) return std::nullopt;
  if (HoldsAny(word, {"notenabled", "disabled", "suspended"})) {
    return KnownAnswer{Outcome::kUntilMended,
                       "the workflow is switched off: turn it on again under Workflows in Teams"};
  }
  if (HoldsAny(word, {"workflownotfound", "flownotfound", "triggernotfound"})) {
    return KnownAnswer{Outcome::kUntilMended,
                       "the workflow is gone, as when its owner's account was closed: make a new one and set "
                       "its URL"};
  }
  if (HoldsAny(word, {"authorization", "unauthorized", "forbidden", "signature"})) {
    return KnownAnswer{Outcome::kUntilMended, ForbiddenAdvice(url)};
  }
  return std::nullopt;
}

Verdict JudgeSuccess(const HttpResponse& answer, const std::string& word, const std::string& url,
                     absl::Time now);

constexpr ChatAnswers kAnswers = {FindKnown, ForbiddenAdvice, JudgeSuccess};

// A flow takes a message with 202 and may hand on what became of it. It may have posted the message before
// another step of it failed: unless the answer is known, it is asked seldom.
Verdict JudgeSuccess(const HttpResponse& answer, const std::string& word, const std::string& url,
                     absl::Time now) {
  if (!HoldsError(answer.body)) return {};
  const int inner = StatusInText(answer.body);
  const std::string said =
      absl::StrCat("answered ", answer.status, " with an error in it", word.empty() ? "" : ": ", word,
                   inner == 0 ? "" : absl::StrCat(": HTTP error ", inner));
  if (const auto known = FindKnown(word, url)) return {known->outcome, said, std::nullopt, known->advice};
  if (inner != 0) return JudgeStatus(kAnswers, inner, said, answer, url, now);
  return {Outcome::kUntilMended, said, kLongestRetryAfter,
          "look at the workflow's run history in Teams, and check the webhook's URL"};
}

}  // namespace

std::string RenderTeams(const Card& card) { return cards::FitCard(card, kMaxBytes, Render); }

Verdict JudgeTeamsAnswer(const HttpResponse& answer, const std::string& url, absl::Time now) {
  return JudgeAnswer(kAnswers, answer, url, now);
}

Chat TeamsChat() {
  return {.type = ReceiverType::kTeams,
          .name = "teams",
          .render = [](const Card& card, const TerminalStyle&) { return RenderTeams(card); },
          .open = OpenWebhook<JudgeTeamsAnswer>};
}

}  // namespace swarmbell
