#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/http/http_client.h"

namespace swarmbell {

// The outcome of an attempt to post.
enum class Outcome {
  kAccepted,
  kRetry,        // may be accepted later by itself
  kUntilMended,  // will be accepted once a person has mended the receiver or its setting
  kFinal,        // the message itself is refused: it will never be accepted as it is
};

struct Verdict {
  Outcome outcome = Outcome::kAccepted;
  // Why it was not accepted; or, when accepted, what was odd about it. Never the URL or a part of it. May be
  // empty when accepted.
  std::string reason{};
  // How long the receiver is to be left alone; at most 10 minutes.
  std::optional<absl::Duration> retry_after{};
  // Advice for a person; may be empty.
  std::string advice{};
  // Refused as an answer, but somebody took the message: no part of it may be posted again.
  bool taken = false;

  // True if the message may be posted again.
  bool MayGoAgain() const { return outcome == Outcome::kRetry || outcome == Outcome::kUntilMended; }
  // Reason and advice.
  std::string Words() const;
};

// The meaning of an error word of a chat.
struct KnownAnswer {
  Outcome outcome = Outcome::kFinal;
  std::string advice;  // empty when there is nothing to do
};

// How one chat answers. `url` is only looked at for what is wrong with it. All pure.
struct ChatAnswers {
  // The error words that it is known to answer with; nothing for another word.
  std::optional<KnownAnswer> (*known)(const std::string& word, const std::string& url);
  // Advice for a 401 or 403.
  std::string (*forbidden_advice)(const std::string& url);
  // A 2xx, of which the chat's documentation says when it is an error. `word` is the answer's AnswerWord.
  Verdict (*judge_success)(const HttpResponse& answer, const std::string& word, const std::string& url,
                           absl::Time now);
};

// The longest wait that is believed.
inline constexpr absl::Duration kLongestRetryAfter = absl::Minutes(10);

// The meaning of an answer over HTTP. Only answers that refuse the message itself are final; faults that
// somebody can mend within hours are retried until then. No part of `url` gets into the reason. Pure.
Verdict JudgeAnswer(const ChatAnswers& chat, const HttpResponse& answer, const std::string& url,
                    absl::Time now);

// The same of a status of 300 and more, which may be told inside of the answer; `said` is the reason. Pure.
Verdict JudgeStatus(const ChatAnswers& chat, int status, const std::string& said, const HttpResponse& answer,
                    const std::string& url, absl::Time now);

// The meaning of a post that got no answer: never final, because another URL may be set. Pure.
Verdict JudgeFailure(const absl::Status& failure);

// A `Retry-After` value, seconds or an HTTP date (RFC 9110, 10.2.3), as a wait of at most 10 minutes; nothing
// when it cannot be read. Pure.
std::optional<absl::Duration> ParseRetryAfter(const std::string& value, absl::Time now);

// The short error word of a webhook's answer, such as `invalid_blocks` or `DirectApiAuthorizationRequired`:
// the whole of a plain body, or `error.code` of a JSON body. Empty when there is none that is safe to show: a
// body may repeat the URL, which is a secret. Pure.
std::string AnswerWord(const std::string& body, const std::string& url);

// The value of `ok` or `success` in a JSON body; unset if it has neither. Pure.
std::optional<bool> SaysSuccess(const std::string& body);

// True if the body of a 2xx says that the message was not delivered, as a flow of Teams, the connector behind
// it or a login page may. False for a body that repeats the message, whatever words it contains. Pure.
bool HoldsError(const std::string& body);

// The status in a text such as `Microsoft Teams endpoint returned HTTP error 429 with ContextId …`; 0 when
// there is none. Pure.
int StatusInText(const std::string& body);

}  // namespace swarmbell
