#pragma once

#include <string>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "notifier/chat/chat.h"

namespace swarmbell {

// Slack, by the bot of an app: https://docs.slack.dev/reference/methods/chat.postMessage. It posts the same
// cards as a webhook, and can edit them and reply to them.
Chat SlackBotChat();

// The meaning of an answer of Slack's Web API: `"ok": true` alone accepts. A new message's identifiers become
// Verdict::posted. Never contains `token` or a part of it. Pure.
Verdict JudgeSlackBotAnswer(const HttpResponse& answer, const std::string& token, absl::Time now);

}  // namespace swarmbell
