#include "notifier/chat/webhook.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace swarmbell {
namespace {

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

// Advice for an answer without a known reason.
std::string Advice(const ChatAnswers& chat, int status, const std::string& url) {
  if (status >= 300 && status < 400) return "redirects are not followed: set the webhook's final URL";
  switch (status) {
    case 400:
      return "the message is dropped: look at it with --preview";
    case 401:
    case 403:
      return chat.forbidden_advice(url);
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

// The end of the reason of a failure that a retry may cure.
const char* Trouble(int status) {
  if (status == 429) return "; rate limited";
  return status >= 500 ? "; server error" : "; it was not ready for the message";
}

std::string Said(int status, const std::string& word) {
  return absl::StrCat("answered ", status, word.empty() ? "" : " ", word);
}

// Relative to the answer's own Date; to the machine's clock only without one.
std::optional<absl::Duration> RetryAfterOf(const HttpResponse& answer, absl::Time now) {
  const auto header = answer.headers.find("retry-after");
  if (header == answer.headers.end()) return std::nullopt;
  const auto date = answer.headers.find("date");
  const std::optional<absl::Time> told =
      date == answer.headers.end() ? std::nullopt : ParseHttpDate(date->second);
  return ParseRetryAfter(header->second, told.value_or(now));
}

// Advice for a post that did not arrive; the failure may already contain some.
const char* Advice(const absl::Status& failure) {
  if (absl::IsFailedPrecondition(failure)) {
    return "if a CA of your own signed its certificate, set delivery.ca";
  }
  const bool advised = absl::StrContains(failure.message(), "; check ");
  if (!absl::IsUnavailable(failure) || advised) return "";
  return "check the webhook's URL, and whether this network lets it out (HTTPS_PROXY)";
}

constexpr std::size_t kMaxWord = 60;
constexpr std::size_t kMaxJson = 8192;
constexpr std::size_t kShortestSecret = 6;

using Json = nlohmann::json;

// Discarded when the body is no JSON object, or one that is too long for an error.
Json ObjectIn(const std::string& body) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(body);
  if (body.size() > kMaxJson || text.empty() || text.front() != '{') return Json(Json::value_t::discarded);
  return Json::parse(body, nullptr, /*allow_exceptions=*/false);
}

std::string CodeOf(const std::string& body) {
  const Json json = ObjectIn(body);
  if (!json.is_object()) return body;
  if (!json.contains("error")) return "";
  const Json& error = json["error"];
  if (error.is_string()) return error.get<std::string>();
  if (!error.is_object() || !error.contains("code") || !error["code"].is_string()) return "";
  return error["code"].get<std::string>();
}

bool IsWord(const std::string& text) {
  return !text.empty() && text.size() <= kMaxWord && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
}

bool IsPartOf(const std::string& word, const std::string& url) {
  if (absl::StrContains(url, word)) return true;
  const std::vector<std::string> parts = absl::StrSplit(url, absl::ByAnyChar("/?&=#@:%"));
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return part.size() >= kShortestSecret && absl::StrContains(word, part);
  });
}

// `error: false` and the like are no error.
bool IsError(const Json& error) {
  return error.is_object() || (error.is_string() && !error.get<std::string>().empty());
}

// True if a text begins like the errors of the connector behind a flow. Elsewhere in a text the same words
// may be part of the message, which a flow may repeat in its answer. `text` is in lower case.
bool IsConnectorError(absl::string_view text) {
  return absl::StartsWith(text, "webhook message delivery failed") ||
         absl::StartsWith(text, "summary or text is required");
}

constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 10;

}  // namespace

std::optional<KnownAnswer> FindAnswer(std::initializer_list<AnswerWords> lists, absl::string_view word) {
  for (const AnswerWords& list : lists) {
    if (std::find(list.words.begin(), list.words.end(), word) != list.words.end())
      return KnownAnswer{list.outcome, list.advice};
  }
  return std::nullopt;
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

Verdict JudgeStatus(const ChatAnswers& chat, int status, const std::string& said, const HttpResponse& answer,
                    const std::string& url, absl::Time now) {
  const Outcome outcome = OutcomeOf(status);
  if (outcome == Outcome::kRetry) return {outcome, said + Trouble(status), RetryAfterOf(answer, now)};
  return {outcome, said, std::nullopt, Advice(chat, status, url)};
}

Verdict JudgeAnswer(const ChatAnswers& chat, const HttpResponse& answer, const std::string& url,
                    absl::Time now) {
  const std::string word = AnswerWord(answer.body, url);
  if (answer.status >= 200 && answer.status < 300) return chat.judge_success(answer, word, url, now);
  const std::string said = Said(answer.status, word);
  const bool passes = OutcomeOf(answer.status) == Outcome::kRetry;
  if (const auto known = passes ? std::nullopt : chat.known(word, url))
    return {known->outcome, said, std::nullopt, known->advice};
  return JudgeStatus(chat, answer.status, said, answer, url, now);
}

Verdict JudgeProgramAnswer(const HttpResponse& answer, const std::string& secret, absl::Time now) {
  static constexpr ChatAnswers kAnswers = {
      [](const std::string&, const std::string&) { return std::optional<KnownAnswer>(); },
      [](const std::string&) -> std::string {
        return "it does not take the post: check the receiver's URL, and its token or secret on both sides";
      },
      [](const HttpResponse& success, const std::string&, const std::string&, absl::Time) -> Verdict {
        if (success.cut || !HoldsError(success.body)) return {};
        return {Outcome::kUntilMended,
                absl::StrCat("answered ", success.status, " but with an error or a web page"),
                kLongestRetryAfter,
                "something else may answer, such as a proxy or a login page: check the receiver's URL and "
                "HTTPS_PROXY"};
      }};
  return JudgeAnswer(kAnswers, answer, secret, now);
}

Verdict JudgeFailure(const absl::Status& failure) {
  const bool unusable = absl::IsInvalidArgument(failure);
  return {unusable ? Outcome::kUntilMended : Outcome::kRetry, std::string(failure.message()), std::nullopt,
          unusable ? "check the webhook's URL" : Advice(failure)};
}

std::string AnswerWord(const std::string& body, const std::string& url) {
  const std::string word(absl::StripAsciiWhitespace(CodeOf(body)));
  return IsWord(word) && !IsPartOf(word, url) ? word : "";
}

std::optional<bool> SaysSuccess(const std::string& body) {
  const Json json = ObjectIn(body);
  if (!json.is_object()) return std::nullopt;
  for (const char* key : {"ok", "success"}) {
    if (json.contains(key) && json[key].is_boolean()) return json[key].get<bool>();
  }
  return std::nullopt;
}

bool HoldsError(const std::string& body) {
  if (const Json json = ObjectIn(body); json.is_object()) {
    const bool status = json.contains("statusCode") && json["statusCode"].is_number_integer() &&
                        json["statusCode"].get<std::int64_t>() >= 400;
    return status || (json.contains("error") && IsError(json["error"]));
  }
  const std::string text = absl::AsciiStrToLower(absl::StripAsciiWhitespace(body.substr(0, kMaxJson)));
  if (text.empty() || text.front() == '{' || text.front() == '[') return false;
  if (text.front() == '<') return absl::StrContains(text, "<html") || absl::StrContains(text, "<!doctype");
  return StatusInText(body) != 0 || IsConnectorError(text);
}

int StatusInText(const std::string& body) {
  constexpr absl::string_view kSign = "HTTP error ";
  const std::size_t at = body.find(kSign.data());
  int status = 0;
  if (at == std::string::npos || !absl::SimpleAtoi(body.substr(at + kSign.size(), 3), &status)) return 0;
  return status;
}

HttpRequest PostRequest(const ReceiverConfig& receiver, const DeliveryConfig& delivery) {
  HttpRequest request;
  request.display_name = "receiver " + receiver.name;
  request.method = "POST";
  request.url = receiver.url;
  request.headers = {"Content-Type: application/json"};
  request.timeout = delivery.timeout;
  request.connect_timeout = std::min(request.connect_timeout, delivery.timeout);
  request.tls.ca_file = delivery.ca_file;
  request.max_body_bytes = kMaxAnswerBytes;
  request.cut_body = true;
  return request;
}

WebhookChannel::WebhookChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Judge judge,
                               Clock& clock)
    : judge_(judge), request_(PostRequest(receiver, delivery)), clock_(clock) {}

Verdict WebhookChannel::Post(const std::string& body, std::stop_token stop) {
  request_.body = body;
  const absl::StatusOr<HttpResponse> answer = http_.Send(request_, std::move(stop));
  if (!answer.ok()) return JudgeFailure(answer.status());
  return judge_(*answer, request_.url, clock_.Now());
}

}  // namespace swarmbell
