#include "notifier/chat/slack_bot/slack_bot.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/webhook.h"

namespace swarmbell {
namespace {

using Json = nlohmann::ordered_json;

// https://docs.slack.dev/reference/methods/chat.postMessage#errors, and those of chat.update.
const std::initializer_list<AnswerWords> kKnownAnswers = {
    {Outcome::kUntilMended,
     "the token is not valid, or no longer: install the app again and set its bot token",
     {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
      "not_allowed_token_type", "org_login_required", "two_factor_setup_required"}},
    {Outcome::kUntilMended,
     "no such channel, or it is private and the app is not in it: set slack.channel to the channel's ID, and "
     "invite the app there: /invite @Swarmbell",
     {"channel_not_found"}},
    {Outcome::kUntilMended,
     "invite the app to the channel: /invite @Swarmbell (or give it the scope chat:write.public)",
     {"not_in_channel", "channel_type_not_supported"}},
    {Outcome::kUntilMended,
     "the channel is archived: unarchive it, or set another slack.channel",
     {"is_archived", "is_inactive"}},
    {Outcome::kUntilMended,
     "give the app the scopes chat:write and chat:write.public, and install it again",
     {"missing_scope", "no_permission", "access_denied", "ekm_access_denied", "team_access_not_granted",
      "enterprise_is_restricted"}},
    {Outcome::kUntilMended,
     "the workspace does not let the app post there: ask its administrator, or set another slack.channel",
     {"restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
      "restricted_action_thread_locked", "restricted_action_non_threadable_channel",
      "posting_to_general_channel_denied", "messages_tab_disabled", "as_user_not_supported"}},
    {Outcome::kRetry,
     "",
     {"ratelimited", "rate_limited", "message_limit_exceeded", "internal_error", "fatal_error",
      "service_unavailable", "request_timeout", "team_added_to_org", "accesslimited"}},
    {Outcome::kFinal,
     "the message is dropped: look at it with --preview",
     {"invalid_blocks", "invalid_blocks_format", "invalid_attachments", "no_text", "msg_too_long",
      "msg_blocks_too_long", "too_many_attachments", "invalid_arguments", "invalid_json", "json_not_object",
      "invalid_charset", "invalid_array_arg"}},
    {Outcome::kFinal,
     "the message cannot be edited",
     {"message_not_found", "edit_window_closed", "cant_update_message", "cant_broadcast_message",
      "cannot_reply_to_message", "thread_not_found"}},
};

// The message is there no more, or may not be edited: a new one takes its place, in the channel that is
// configured by now.
constexpr absl::string_view kGone[] = {
    "message_not_found", "edit_window_closed", "cant_update_message",
    "channel_not_found", "is_archived",        "is_inactive",
    "not_in_channel",    "restricted_action",  "restricted_action_read_only_channel"};

std::optional<KnownAnswer> FindKnown(const std::string& word, const std::string&) {
  return FindAnswer(kKnownAnswers, word);
}

std::string ForbiddenAdvice(const std::string&) {
  return "something refuses the way to Slack's API: check slack.api_url and HTTPS_PROXY";
}

std::string Field(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Verdict JudgeSuccess(const HttpResponse& answer, const std::string& word, const std::string&,
                     absl::Time now) {
  const Json json = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.value("ok", Json()) == true) {
    Verdict verdict;
    MessageId posted{Field(json, "channel"), Field(json, "ts")};
    if (!posted.channel.empty() && !posted.id.empty()) verdict.posted = std::move(posted);
    return verdict;
  }
  std::string said = absl::StrCat("answered ", answer.status, " but not ok", word.empty() ? "" : ": ", word);
  if (answer.cut) return {Outcome::kAccepted, absl::StrCat("answered ", answer.status, " and broke off")};
  Verdict verdict{Outcome::kUntilMended, std::move(said), kLongestRetryAfter,
                  "something else than Slack's API may answer, such as a proxy: check slack.api_url and "
                  "HTTPS_PROXY"};
  const bool is_slacks = json.is_object() && json.value("ok", Json()) == false;
  if (!is_slacks || word.empty()) return verdict;
  const std::optional<KnownAnswer> known = FindKnown(word, "");
  verdict.outcome = known ? known->outcome : Outcome::kUntilMended;
  verdict.advice = known ? known->advice : "";
  verdict.retry_after.reset();
  const auto wait = answer.headers.find("retry-after");
  if (wait != answer.headers.end()) verdict.retry_after = ParseRetryAfter(wait->second, now);
  verdict.gone = std::find(std::begin(kGone), std::end(kGone), word) != std::end(kGone);
  return verdict;
}

constexpr ChatAnswers kAnswers = {FindKnown, ForbiddenAdvice, JudgeSuccess};

// Puts members before those of a body.
std::string With(const Json& members, const std::string& body) {
  std::string joined = members.dump();
  joined.back() = ',';
  return joined.append(body, 1);
}

class SlackBotChannel final : public Channel {
 public:
  SlackBotChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Clock& clock)
      : api_(receiver.url),
        token_(receiver.token),
        channel_(receiver.channel),
        request_(PostRequest(receiver, delivery)),
        clock_(clock) {
    request_.headers = {"Content-Type: application/json; charset=utf-8", "Authorization: Bearer " + token_};
  }

  Verdict Post(const std::string& body, std::stop_token stop) override {
    return Call("chat.postMessage", {{"channel", channel_}, {"unfurl_links", false}, {"unfurl_media", false}},
                body, std::move(stop));
  }

  Verdict Edit(const MessageId& message, const std::string& body, std::stop_token stop) override {
    return Call("chat.update", {{"channel", message.channel}, {"ts", message.id}}, body, std::move(stop));
  }

  Verdict Reply(const MessageId& message, const std::string& body, bool broadcast,
                std::stop_token stop) override {
    Json members = {{"channel", message.channel}, {"thread_ts", message.id}, {"unfurl_links", false}};
    if (broadcast) members["reply_broadcast"] = true;
    return Call("chat.postMessage", members, body, std::move(stop));
  }

 private:
  Verdict Call(const char* method, const Json& members, const std::string& body, std::stop_token stop) {
    request_.url = absl::StrCat(api_, method);
    request_.body = With(members, body);
    const absl::StatusOr<HttpResponse> answer = http_.Send(request_, std::move(stop));
    if (answer.ok()) return JudgeSlackBotAnswer(*answer, token_, clock_.Now());
    Verdict failure = JudgeFailure(answer.status());
    if (absl::StrContains(failure.advice, "webhook")) failure.advice = "check slack.api_url and HTTPS_PROXY";
    return failure;
  }

  const std::string api_;
  const std::string token_;  // a secret
  const std::string channel_;
  HttpRequest request_;
  Clock& clock_;
  HttpClient http_;
};

std::unique_ptr<Channel> Open(const ReceiverConfig& receiver, const DeliveryConfig& delivery, std::ostream&,
                              Clock& clock) {
  return std::make_unique<SlackBotChannel>(receiver, delivery, clock);
}

}  // namespace

Verdict JudgeSlackBotAnswer(const HttpResponse& answer, const std::string& token, absl::Time now) {
  return JudgeAnswer(kAnswers, answer, token, now);
}

Chat SlackBotChat() {
  return {.type = ReceiverType::kSlackBot,
          .name = "slack_bot",
          .render = [](const Notice& notice, const TerminalStyle&) { return RenderSlack(notice.card); },
          .open = Open,
          .edits = true};
}

}  // namespace swarmbell
