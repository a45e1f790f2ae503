#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "common/time/clock.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// Chats that are reached by a webhook: the posts, and the meaning of their answers. A verdict never contains
// the URL, which is a secret.

// The meaning of a chat's error word.
struct KnownAnswer {
  Outcome outcome = Outcome::kFinal;
  std::string advice;  // empty when there is nothing to do
};

// Error words with one meaning.
struct AnswerWords {
  Outcome outcome;
  const char* advice;
  std::initializer_list<absl::string_view> words;
};

// The meaning of a word by a chat's lists; nothing if none has it. Pure.
std::optional<KnownAnswer> FindAnswer(std::initializer_list<AnswerWords> lists, absl::string_view word);

// How one chat answers. `url` is used only to find what is wrong with it. All pure.
struct ChatAnswers {
  // The meaning of an error word; nothing if the chat is not known to use it.
  std::optional<KnownAnswer> (*known)(const std::string& word, const std::string& url);
  // Advice for a 401 or 403.
  std::string (*forbidden_advice)(const std::string& url);
  // The meaning of a 2xx, which may be an error by the chat's documentation. `word` is the answer's
  // AnswerWord.
  Verdict (*judge_success)(const HttpResponse& answer, const std::string& word, const std::string& url,
                           absl::Time now);
};

// The longest wait that a chat can demand.
inline constexpr absl::Duration kLongestRetryAfter = absl::Minutes(10);

// The meaning of an HTTP answer. Only answers that refuse the message itself are final; errors that a person
// can repair are retried until then. Pure.
Verdict JudgeAnswer(const ChatAnswers& chat, const HttpResponse& answer, const std::string& url,
                    absl::Time now);

// The same for a status of 300 or more, which may be reported inside of the answer; `said` is the reason.
// Pure.
Verdict JudgeStatus(const ChatAnswers& chat, int status, const std::string& said, const HttpResponse& answer,
                    const std::string& url, absl::Time now);

// The meaning of the answer of a program: any 2xx accepts, unless it holds an error or is a web page.
// `secret` is never shown. Pure.
Verdict JudgeProgramAnswer(const HttpResponse& answer, const std::string& secret, absl::Time now);

// The meaning of a post without an answer: never final, because another URL may be set. Pure.
Verdict JudgeFailure(const absl::Status& failure);

// A `Retry-After` value, seconds or an HTTP date (RFC 9110, 10.2.3), as a wait of at most 10 minutes; nothing
// for any other text. Pure.
std::optional<absl::Duration> ParseRetryAfter(const std::string& value, absl::Time now);

// The short error word of a webhook's answer, such as `invalid_blocks` or `DirectApiAuthorizationRequired`:
// the whole of a plain body, or `error.code` of a JSON body. Empty if there is none, or it may be
// a part of the URL. Pure.
std::string AnswerWord(const std::string& body, const std::string& url);

// The value of `ok` or `success` in a JSON body; nothing if it has neither. Pure.
std::optional<bool> SaysSuccess(const std::string& body);

// True if the body of a 2xx says that the message was not delivered, as a flow of Teams, the connector behind
// it or a login page may. False for a body that repeats the message, whatever words it contains. Pure.
bool HoldsError(const std::string& body);

// The status in a text such as `Microsoft Teams endpoint returned HTTP error 429 with ContextId …`; 0 when
// there is none. Pure.
int StatusInText(const std::string& body);

// A post of JSON to the receiver's URL, with the timeouts, CAs and bounds that each channel keeps.
HttpRequest PostRequest(const ReceiverConfig& receiver, const DeliveryConfig& delivery);

// Posts JSON to a webhook over one connection, which is kept between posts. Errors name the receiver.
class WebhookChannel final : public Channel {
 public:
  // The meaning of an answer of the chat.
  using Judge = Verdict (*)(const HttpResponse& answer, const std::string& url, absl::Time now);

  // `clock` must outlive the channel.
  WebhookChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Judge judge, Clock& clock);

  Verdict Post(const std::string& body, std::stop_token stop) override;

 private:
  Judge judge_;
  HttpRequest request_;
  Clock& clock_;
  HttpClient http_;
};

// The Chat::open of a chat with a webhook.
template <WebhookChannel::Judge judge>
std::unique_ptr<Channel> OpenWebhook(const ReceiverConfig& receiver, const DeliveryConfig& delivery,
                                     std::ostream&, Clock& clock) {
  return std::make_unique<WebhookChannel>(receiver, delivery, judge, clock);
}

}  // namespace swarmbell
