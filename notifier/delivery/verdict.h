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
  kRetry,  // may be accepted later
  kFinal,  // will never be accepted as it is
};

struct Verdict {
  Outcome outcome = Outcome::kAccepted;
  // Why it was not accepted and what to do; or, when accepted, what was odd about it. Never the URL or a part
  // of it. May be empty when accepted.
  std::string reason;
  // How long the receiver asks to be left alone; at most 10 minutes.
  std::optional<absl::Duration> retry_after;
};

// What a webhook's answer means. Slack:
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; Teams:
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook.
//
// 2xx is accepted (also when the body is not what the channel says on success: posting again would tell
// twice); 429 and 5xx may be accepted later; everything else is final. `url` is only looked at to keep its
// parts out of the reason. Pure.
Verdict JudgeAnswer(ReceiverType type, const HttpResponse& answer, const std::string& url, absl::Time now);

// What a post that got no complete answer means. Pure.
Verdict JudgeFailure(const absl::Status& failure);

// A `Retry-After` value, seconds or an HTTP date (RFC 9110, 10.2.3), as a wait of at most 10 minutes; nothing
// when it cannot be read. Pure.
std::optional<absl::Duration> ParseRetryAfter(const std::string& value, absl::Time now);

}  // namespace swarmbell
