#pragma once

#include <optional>
#include <string>

#include "notifier/config/notifier_config.h"

namespace swarmbell {

// The checks of a receiver's values. All pure. A `…Problem` is the error in a text that is not empty; unset
// if it is valid. It never shows the text, which may be a secret.

// Any http or https URL.
std::optional<std::string> UrlProblem(const std::string& url);
// The URL of a program that takes events: not Slack's.
std::optional<std::string> EventsUrlProblem(const std::string& url);
// The URL of an Incoming Webhook of Slack, or of something that accepts Slack's messages.
std::optional<std::string> SlackUrlProblem(const std::string& url);
// The URL of a Teams workflow, or of something that accepts its messages.
std::optional<std::string> TeamsUrlProblem(const std::string& url);
// The address of a server whose API is found below it.
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
