#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// What an attempt to post came to.
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
  // What a person can do about it; may be empty.
  std::string advice{};
  // Refused as an answer, but somebody took the message: no part of it may be posted again.
  bool taken = false;

  // Whether the message may be posted again.
  bool MayGoAgain() const { return outcome == Outcome::kRetry || outcome == Outcome::kUntilMended; }
  // Reason and advice.
  std::string Words() const;
};

// What a webhook's answer means. Slack:
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; Teams:
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook.
//
// Slack accepts with the body `ok` alone, Teams with any 2xx whose body holds no error. Final is only what
// refuses the message itself; what somebody can mend within hours is worth trying until then. `url` is looked
// at for what is wrong with it, and to keep its parts out of the reason. Pure.
Verdict JudgeAnswer(ReceiverType type, const HttpResponse& answer, const std::string& url, absl::Time now);

// What a post that got no answer means: never that it is final, for another URL may be set. Pure.
Verdict JudgeFailure(const absl::Status& failure);

// A `Retry-After` value, seconds or an HTTP date (RFC 9110, 10.2.3), as a wait of at most 10 minutes; nothing
// when it cannot be read. Pure.
std::optional<absl::Duration> ParseRetryAfter(const std::string& value, absl::Time now);

}  // namespace swarmbell
