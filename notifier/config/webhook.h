#pragma once

#include <optional>
#include <string>

#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The error in a webhook URL; unset if it can be posted to. Never shows the URL, which is a secret.
std::optional<std::string> WebhookProblem(const std::string& url, ReceiverType type);

// A warning about a webhook URL that can be posted to: the end of a sentence about it. Never shows it.
std::optional<std::string> WebhookWarning(const std::string& url, ReceiverType type);

// True if posts to the URL cross a network unencrypted.
bool IsUnencrypted(const std::string& url);

}  // namespace swarmbell
