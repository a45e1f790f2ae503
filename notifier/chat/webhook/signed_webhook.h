#pragma once

#include "notifier/chat/chat.h"

namespace swarmbell {

// Any program behind a URL: CloudEvents, signed as Standard Webhooks says if the receiver has a secret. The
// identifier of a post is the same when it is tried again; its time is that of the attempt.
Chat WebhookChat();

}  // namespace swarmbell
