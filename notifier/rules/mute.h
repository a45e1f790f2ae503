#pragma once

#include "absl/time/time.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// Whether the mute's time windows hold `now`. A window that passes midnight belongs to the day on which it
// starts. The start of a window is in it, its end is not.
bool InForce(const MuteConfig& mute, absl::Time now);

}  // namespace swarmbell
