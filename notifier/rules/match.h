#pragma once

#include "notifier/config/notifier_config.h"
#include "notifier/rules/transition.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Whether every part that `match` sets fits the change. `transition` is the event's own.
bool Matches(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition);

}  // namespace swarmbell
