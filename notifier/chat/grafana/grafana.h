#pragma once

#include <string>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "notifier/chat/chat.h"

namespace swarmbell {

// Grafana's annotations (https://grafana.com/docs/grafana/latest/developers/http_api/annotations): one for
// each story, a region from its first change to its end.
Chat GrafanaChat();

// The body of an annotation, new or changed: times in milliseconds, tags, text. One whose story goes on has
// no end. Pure.
std::string RenderGrafana(const Notice& full);

// True if the annotation that Grafana returned is an earlier state of `body`: it has the tag `swarmbell`, and
// is of the same swarm and of one of the same objects. Pure.
bool IsOwnAnnotation(const std::string& found, const std::string& body);

// The meaning of Grafana's answer. The identifier of a new annotation becomes Verdict::posted; 404 to a
// change of one is `gone`. Pure; see JudgeProgramAnswer.
Verdict JudgeGrafanaAnswer(const HttpResponse& answer, const std::string& token, bool is_change,
                           absl::Time now);

}  // namespace swarmbell
