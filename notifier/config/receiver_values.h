#pragma once

#include <optional>
#include <string>

#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The checks of a receiver's values. Each returns the error in a text that is not empty; unset if it is
// valid. All pure; no error shows the text, which may be a secret.

// An http or https URL; of an Incoming Webhook of Slack; of a Teams workflow; the address of a program that
// has an API of its own.
std::optional<std::string> UrlProblem(const std::string& url);
std::optional<std::string> SlackUrlProblem(const std::string& url);
std::optional<std::string> TeamsUrlProblem(const std::string& url);
std::optional<std::string> ServerUrlProblem(const std::string& url);

// A warning about a valid receiver of type teams, or webhook: a sentence that goes on after its name.
std::optional<std::string> TeamsUrlWarning(const ReceiverConfig& receiver);
std::optional<std::string> UnsignedWarning(const ReceiverConfig& receiver);

// True if posts to the URL cross a network unencrypted.
bool IsUnencrypted(const std::string& url);

// A Slack bot's token, its channel, and the address of Slack's API.
std::optional<std::string> BotTokenProblem(const std::string& token);
std::optional<std::string> ChannelProblem(const std::string& channel);
std::optional<std::string> SlackApiProblem(const std::string& url);

// A bearer token.
std::optional<std::string> TokenProblem(const std::string& token);

}  // namespace swarmbell
