#pragma once

#include <optional>
#include <string>

#include "notifier/config/notifier_config.h"
#include "notifier/delivery/verdict.h"

namespace swarmbell {

// What an error word of a chat means.
struct KnownAnswer {
  Outcome outcome = Outcome::kFinal;
  std::string advice;  // empty when there is nothing to do
};

// The error words that Slack's webhooks and Web API, and Power Automate's flows, are known to answer with;
// nothing for another word. `url` is only looked at for what is wrong with it. Pure.
std::optional<KnownAnswer> FindKnownAnswer(ReceiverType type, const std::string& word,
                                           const std::string& url);

// What a person can do when a flow of Teams lets nobody in. Pure.
std::string TeamsSignatureAdvice(const std::string& url);

}  // namespace swarmbell
