#pragma once

#include <string>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "notifier/cards/card.h"
#include "notifier/chat/chat.h"
#include "notifier/chat/webhook.h"

namespace swarmbell {

// Slack, by an Incoming Webhook:
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
Chat SlackChat();

// The JSON body of a post, at most 12,000 bytes. Pure.
std::string RenderSlack(const Card& card);

// The meaning of Slack's answer: the body `ok` alone accepts. Pure; see JudgeAnswer.
Verdict JudgeSlackAnswer(const HttpResponse& answer, const std::string& url, absl::Time now);

}  // namespace swarmbell
