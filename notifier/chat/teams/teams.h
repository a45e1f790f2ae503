#pragma once

#include <string>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "notifier/cards/card.h"
#include "notifier/chat/chat.h"
#include "notifier/chat/webhook.h"

namespace swarmbell {

// Microsoft Teams, by the webhook of a workflow:
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook.
Chat TeamsChat();

// The JSON body of a post (an Adaptive Card 1.4), at most 20,480 bytes. Pure.
std::string RenderTeams(const Card& card);

// The meaning of the workflow's answer: any 2xx without an error in its body accepts. Pure; see JudgeAnswer.
Verdict JudgeTeamsAnswer(const HttpResponse& answer, const std::string& url, absl::Time now);

}  // namespace swarmbell
