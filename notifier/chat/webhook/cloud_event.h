#pragma once

#include <string>

#include "notifier/chat/chat.h"

namespace swarmbell {

// The body of a post to a webhook: one CloudEvent 1.0 as JSON, at most 256 KiB
// (https://github.com/cloudevents/spec). Its `id` is the same whenever the same alerts are rendered with the
// same meaning. Pure.
std::string RenderCloudEvent(const Notice& notice);

// The `id` of such a body; of any other text an identifier of that text. Pure.
std::string CloudEventId(const std::string& body);

}  // namespace swarmbell
