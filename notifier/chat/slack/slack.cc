#include "notifier/chat/slack/slack.h"

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

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
const std::initializer_list<AnswerWords> kKnownAnswers = {
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
  return FindAnswer(kKnownAnswers, word);
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

Verdict JudgeSlackAnswer(const HttpResponse& answer, const std::string& url, absl::Time now) {
  return JudgeAnswer(kAnswers, answer, url, now);
}

Chat SlackChat() {
  return {.type = ReceiverType::kSlack,
          .name = "slack",
          .render = [](const Notice& notice, const TerminalStyle&) { return RenderSlack(notice.card); },
          .open = OpenWebhook<JudgeSlackAnswer>};
}

}  // namespace swarmbell
