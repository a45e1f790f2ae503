#pragma once

#include "absl/time/time.h"
#include "notifier/delivery/receiver_trouble.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The change that the notifier itself makes of the news of a receiver. Pure.
v1::ChangeEvent MakeReceiverEvent(const ReceiverNews& news, absl::Time now);

}  // namespace swarmbell
