#include "notifier/delivery/verdict.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "notifier/delivery/answer_words.h"
#include "notifier/delivery/known_answers.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kLongestRetryAfter = absl::Minutes(10);

std::optional<absl::Time> ParseHttpDate(const std::string& text) {
  absl::Time date;
  if (!absl::ParseTime("%a, %d %b %E4Y %H:%M:%S GMT", text, &date, nullptr)) return std::nullopt;
  return date;
}

Outcome OutcomeOf(int status) {
  switch (status) {
    case 408:
    case 421:
    case 425:
    case 429:
      return Outcome::kRetry;
    case 400:
    case 413:
    case 422:
      return Outcome::kFinal;
    default:
      return status < 200 || status >= 500 ? Outcome::kRetry : Outcome::kUntilMended;
  }
}

// What a person can do about an answer that says nothing more.
std::string Advice(ReceiverType type, int status, const std::string& url) {
  if (status >= 300 && status < 400) return "redirects are not followed: set the webhook's final URL";
  switch (status) {
    case 400:
      return "the message is dropped: look at it with --preview";
    case 401:
    case 403:
      return type == ReceiverType::kTeams
                 ? TeamsSignatureAdvice(url)
                 : "the webhook may not post there: check the channel, or make a new webhook and set its URL";
    case 404:
    case 410:
      return "the webhook is gone: make a new one and set its URL";
    case 413:
      return "the message is too large and is dropped";
    case 422:
      return "the message is dropped: look at it with --preview";
    default:
      return "check the webhook's URL";
  }
}

// Why a receiver that may accept it later does not now.
const char* Trouble(int status) {
  if (status == 429) return "; it takes no more messages for now";
  return status >= 500 ? "; server error, will retry" : "; it was not ready for the message, will retry";
}

std::string Said(int status, const std::string& word) {
  return absl::StrCat("answered ", status, word.empty() ? "" : " ", word);
}

// By the machine's clock only when the answer does not tell its own time.
std::optional<absl::Duration> RetryAfterOf(const HttpResponse& answer, absl::Time now) {
  const auto header = answer.headers.find("retry-after");
  if (header == answer.headers.end()) return std::nullopt;
  const auto date = answer.headers.find("date");
  const std::optional<absl::Time> told =
      date == answer.headers.end() ? std::nullopt : ParseHttpDate(date->second);
  return ParseRetryAfter(header->second, told.value_or(now));
}

Verdict JudgeStatus(ReceiverType type, int status, const std::string& said, const HttpResponse& answer,
                    const std::string& url, absl::Time now) {
  const Outcome outcome = OutcomeOf(status);
  if (outcome == Outcome::kRetry) return {outcome, said + Trouble(status), RetryAfterOf(answer, now)};
  return {outcome, said, std::nullopt, Advice(type, status, url)};
}

// Any 2xx but the one that Slack gives. Whoever answers neither so nor with an error may have taken the
// message: it is asked seldom.
Verdict JudgeSlackSuccess(const HttpResponse& answer, const std::string& word, const std::string& url) {
  const std::string body(absl::StripAsciiWhitespace(answer.body));
  if (body == "ok") return {};
  const std::string said =
      absl::StrCat("answered ", answer.status, " but not \"ok\"", word.empty() ? "" : ": ", word);
  if (answer.cut && absl::StartsWith("ok", body)) {
    return {Outcome::kAccepted, absl::StrCat("answered ", answer.status, " and broke off before its \"ok\"")};
  }
  if (const auto known = FindKnownAnswer(ReceiverType::kSlack, word, url))
    return {known->outcome, said, std::nullopt, known->advice};
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

// A flow takes a message with 202 and may hand on what became of it. It may have posted the message before
// another step of it failed: unless the answer is known, it is asked seldom.
Verdict JudgeTeamsSuccess(const HttpResponse& answer, const std::string& word, const std::string& url,
                          absl::Time now) {
  if (!HoldsError(answer.body)) return {};
  const int inner = StatusInText(answer.body);
  const std::string said =
      absl::StrCat("answered ", answer.status, " with an error in it", word.empty() ? "" : ": ", word,
                   inner == 0 ? "" : absl::StrCat(": HTTP error ", inner));
  if (const auto known = FindKnownAnswer(ReceiverType::kTeams, word, url))
    return {known->outcome, said, std::nullopt, known->advice};
  if (inner != 0) return JudgeStatus(ReceiverType::kTeams, inner, said, answer, url, now);
  return {Outcome::kUntilMended, said, kLongestRetryAfter,
          "look at the workflow's run history in Teams, and check the webhook's URL"};
}

// What a person can do about a post that did not get there; the failure may have said it.
const char* Advice(const absl::Status& failure) {
  if (absl::IsFailedPrecondition(failure)) {
    return "if a CA of your own signed its certificate, set delivery.ca";
  }
  const bool advised = absl::StrContains(failure.message(), "; check ");
  if (!absl::IsUnavailable(failure) || advised) return "";
  return "check the webhook's URL, and whether this network lets it out (HTTPS_PROXY)";
}

}  // namespace

std::string Verdict::Words() const {
  return absl::StrCat(reason, reason.empty() || advice.empty() ? "" : "; ", advice);
}

std::optional<absl::Duration> ParseRetryAfter(const std::string& value, absl::Time now) {
  const absl::string_view text = absl::StripAsciiWhitespace(value);
  std::uint32_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) {
    return std::min(absl::Seconds(static_cast<std::int64_t>(seconds)), kLongestRetryAfter);
  }
  const std::optional<absl::Time> date = ParseHttpDate(std::string(text));
  if (!date) return std::nullopt;
  return std::clamp(*date - now, absl::ZeroDuration(), kLongestRetryAfter);
}

Verdict JudgeAnswer(ReceiverType type, const HttpResponse& answer, const std::string& url, absl::Time now) {
  const std::string word = AnswerWord(answer.body, url);
  if (answer.status >= 200 && answer.status < 300) {
    return type == ReceiverType::kSlack ? JudgeSlackSuccess(answer, word, url)
                                        : JudgeTeamsSuccess(answer, word, url, now);
  }
  const std::string said = Said(answer.status, word);
  const bool passes = OutcomeOf(answer.status) == Outcome::kRetry;
  if (const auto known = passes ? std::nullopt : FindKnownAnswer(type, word, url))
    return {known->outcome, said, std::nullopt, known->advice};
  return JudgeStatus(type, answer.status, said, answer, url, now);
}

Verdict JudgeFailure(const absl::Status& failure) {
  const bool unusable = absl::IsInvalidArgument(failure);
  return {unusable ? Outcome::kUntilMended : Outcome::kRetry, std::string(failure.message()), std::nullopt,
          unusable ? "check the webhook's URL" : Advice(failure)};
}

}  // namespace swarmbell
