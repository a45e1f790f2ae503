#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Alarms: changes that report a trouble which has an end, such as a node that is down. An alarm has a key,
// `swarm/object/topic`; of one topic an object has at most one open alarm. All functions are pure and
// thread-safe.

// The keys of the alarm that the event reports: one, or one for each service that `services_failing` names.
// Empty for an event that reports no trouble, or one without an end: a removal, a gap, a rejected task.
std::vector<std::string> AlarmsOf(const v1::ChangeEvent& event);

// The keys of the alarms whose end the event reports, open or not.
std::vector<std::string> EndsOf(const v1::ChangeEvent& event);

// True if the event only reports the end of an alarm, so that it means nothing without one. False for a step
// of an update, which is news of its own.
bool IsOnlyEnd(const v1::ChangeEvent& event);

// True if the alarm of this key is over with the event although its details do not say so: its object is
// removed, or is no manager any longer.
bool EndsSilently(const v1::ChangeEvent& event, const std::string& key);

// The end of `feed_disconnected`. `gone`: the collector is not reached, but is not followed any longer.
v1::ChangeEvent EndOfFeedAlarm(const v1::ChangeEvent& disconnected, bool gone, absl::Time now);

}  // namespace swarmbell
