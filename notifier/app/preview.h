#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/message.h"
#include "notifier/rules/rule_set.h"
#include "swarmbell/v1/notifier.pb.h"

namespace swarmbell {

// The outcome of a change: the rule, and the message for each receiver; posts nothing. Pure.
v1::PreviewResponse PreviewEvent(const v1::ChangeEvent& event, const RuleSet& rules,
                                 const std::vector<ReceiverConfig>& receivers, const MessageForm& form,
                                 absl::Time now);

// Writes a card of each kind as `channel` would be sent it: `slack` and `teams` one JSON body a line,
// `terminal` as text. INVALID_ARGUMENT for another channel.
absl::Status PreviewSamples(const std::string& channel, const MessageForm& form, std::ostream& out);

// The alert as a message of its own to a receiver.
AlertGroup GroupOf(const Alert& alert, const std::string& receiver);

}  // namespace swarmbell
