#pragma once

#include <string>

#include "absl/time/time.h"
#include "notifier/config/notifier_config.h"
#include "notifier/rules/transition.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// True if every part that `match` sets fits the change. `transition` is the event's own.
bool Matches(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition);

// Why it does not fit, for a person: the first part that does not, as `to is "active", not drain`. Empty when
// it fits.
std::string Mismatch(const MatchConfig& match, const v1::ChangeEvent& event, const Transition& transition);

// True if the mute's time windows contain `now`. A window that passes midnight belongs to the day on which it
// starts. The start of a window is in it, its end is not.
bool InForce(const MuteConfig& mute, absl::Time now);

}  // namespace swarmbell
