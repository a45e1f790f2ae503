#include "notifier/delivery/known_answers.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace swarmbell {
namespace {

struct WordList {
  Outcome outcome;
  const char* advice;
  std::initializer_list<absl::string_view> words;
};

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
const std::initializer_list<WordList> kSlack = {
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

bool HoldsAny(const std::string& word, std::initializer_list<absl::string_view> parts) {
  const std::string lower = absl::AsciiStrToLower(word);
  return std::any_of(parts.begin(), parts.end(),
                     [&](absl::string_view part) { return absl::StrContains(lower, part); });
}

std::optional<KnownAnswer> FindTeams(const std::string& word, const std::string& url) {
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
    return KnownAnswer{Outcome::kUntilMended, TeamsSignatureAdvice(url)};
  }
  return std::nullopt;
}

}  // namespace

std::string TeamsSignatureAdvice(const std::string& url) {
  if (absl::StrContains(url, "&amp;")) {
    return "the URL holds &amp; where & belongs: set it as Teams shows it";
  }
  if (!absl::StrContains(url, "sig=")) {
    return "the URL has no sig=, as when a shell cuts it at &: set the whole URL, in quotes";
  }
  return "let Anyone trigger the workflow, or make a new one and set its URL";
}

std::optional<KnownAnswer> FindKnownAnswer(ReceiverType type, const std::string& word,
                                           const std::string& url) {
  if (word.empty()) return std::nullopt;
  if (type == ReceiverType::kTeams) return FindTeams(word, url);
  for (const WordList& list : kSlack) {
    if (std::find(list.words.begin(), list.words.end(), word) != list.words.end())
      return KnownAnswer{list.outcome, list.advice};
  }
  return std::nullopt;
}

}  // namespace swarmbell
