#pragma once

#include <string>

#include "notifier/alert/alert_group.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// Whom a message mentions, in the receiver's form; empty for nobody. The label `swarmbell.mention` of the
// object that the message is about counts before the receiver's own mention: its first word that the chat can
// mention. Where the gravest alerts of a message name different persons, the receiver's own counts if it has
// one, else the first. Pure.
std::string MentionFor(const ReceiverConfig& receiver, const AlertGroup& group);

}  // namespace swarmbell
