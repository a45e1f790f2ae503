#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/receivers.h"

namespace swarmbell {

// Posts a test message to one receiver, or to all if `receiver` is empty, and waits for what becomes of it,
// at most `limit` in all or until `stop`. Nothing when no receiver has that name.
std::optional<std::vector<DeliveryRecord>> PostTestAlert(Receivers& receivers, const DeliveryLog& log,
                                                         const std::string& receiver, absl::Time now,
                                                         absl::Duration limit, std::stop_token stop);

}  // namespace swarmbell
