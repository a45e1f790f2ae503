#include "notifier/delivery/verdict.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "notifier/delivery/answer_words.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kLongestRetryAfter = absl::Minutes(10);

// What a person can do about a final answer.
std::string Advice(ReceiverType type, int status) {
  if (status >= 300 && status < 400) return "redirects are not followed: set the webhook's final URL";
  switch (status) {
    case 400:
      return "the message is dropped: look at it with --preview";
    case 401:
    case 403:
      return type == ReceiverType::kTeams
                 ? "let Anyone trigger the workflow, or make a new one and set its URL"
                 : "the webhook may not post there: check the channel, or make a new webhook and set its URL";
    case 404:
    case 410:
      return "the webhook is gone: make a new one and set its URL";
    case 413:
      return "the message is too large and is dropped";
    default:
      return "the message is dropped: check the webhook's URL";
  }
}

// Why a receiver that may accept it later does not now.
const char* Trouble(int status) {
  return status == 429 ? "; it takes no more messages for now" : "; the trouble is on its side, later may do";
}

// What a person can do about a post that did not get there; the failure may have said it.
const char* Advice(const absl::Status& failure) {
  if (absl::IsFailedPrecondition(failure)) {
    return "; if a CA of your own signed its certificate, set delivery.ca";
  }
  const bool advised = absl::StrContains(failure.message(), "; check ");
  if (!absl::IsUnavailable(failure) || advised) return "";
  return "; check the webhook's URL, and whether this network lets it out (HTTPS_PROXY)";
}

}  // namespace

std::optional<absl::Duration> ParseRetryAfter(const std::string& value, absl::Time now) {
  const absl::string_view text = absl::StripAsciiWhitespace(value);
  std::uint32_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) {
    return std::min(absl::Seconds(static_cast<std::int64_t>(seconds)), kLongestRetryAfter);
  }
  absl::Time date;
  if (!absl::ParseTime("%a, %d %b %E4Y %H:%M:%S GMT", std::string(text), &date, nullptr)) return std::nullopt;
  return std::clamp(date - now, absl::ZeroDuration(), kLongestRetryAfter);
}

Verdict JudgeAnswer(ReceiverType type, const HttpResponse& answer, const std::string& url, absl::Time now) {
  const int status = answer.status;
  const std::string word = AnswerWord(answer.body, url);
  if (status >= 200 && status < 300) {
    const bool odd = type == ReceiverType::kSlack && absl::StripAsciiWhitespace(answer.body) != "ok";
    return {Outcome::kAccepted,
            odd ? absl::StrCat("answered ", status, " but not \"ok\"", word.empty() ? "" : ": ", word) : "",
            std::nullopt};
  }
  const std::string said = absl::StrCat("answered ", status, word.empty() ? "" : " ", word);
  if (status == 429 || status >= 500) {
    const auto header = answer.headers.find("retry-after");
    return {Outcome::kRetry, said + Trouble(status),
            header == answer.headers.end() ? std::nullopt : ParseRetryAfter(header->second, now)};
  }
  return {Outcome::kFinal, absl::StrCat(said, "; ", Advice(type, status)), std::nullopt};
}

Verdict JudgeFailure(const absl::Status& failure) {
  // An answer that is too large came after the message was taken or refused, and would come again.
  const bool again = failure.code() != absl::StatusCode::kInvalidArgument &&
                     failure.code() != absl::StatusCode::kResourceExhausted;
  return {again ? Outcome::kRetry : Outcome::kFinal, std::string(failure.message()) + Advice(failure),
          std::nullopt};
}

}  // namespace swarmbell
