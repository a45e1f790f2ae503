#pragma once

#include <vector>

#include "notifier/pipeline/outgoing_group.h"

namespace swarmbell {

// Replaces the messages to a receiver by one digest where there are more than `digest_over`; never when that
// is 0. Order is kept. Pure.
std::vector<OutgoingGroup> MakeDigests(std::vector<OutgoingGroup> messages, int digest_over);

}  // namespace swarmbell
