#include "notifier/chat/teams/teams.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "notifier/cards/card.h"
#include "notifier/chat/webhook.h"

namespace swarmbell {
namespace {

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

Verdict JudgeTeamsAnswer(const HttpResponse& answer, const std::string& url, absl::Time now) {
  return JudgeAnswer(kAnswers, answer, url, now);
}

Chat TeamsChat() {
  return {.type = ReceiverType::kTeams,
          .name = "teams",
          .render = [](const Notice& notice, const TerminalStyle&) { return RenderTeams(notice.card); },
          .open = OpenWebhook<JudgeTeamsAnswer>};
}

}  // namespace swarmbell
