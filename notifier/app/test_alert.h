#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/receivers.h"

namespace swarmbell {

// Posts a test message to one receiver, or to all if `receiver` is empty, and waits for what becomes of it,
// at most `limit` in all or until `stop`. An error of Receivers::PostTest when it is posted to none; where it
// is posted to some, a record of each other says why not.
absl::StatusOr<std::vector<DeliveryRecord>> PostTestAlert(Receivers& receivers, const DeliveryLog& log,
                                                          const std::string& receiver, absl::Time now,
                                                          absl::Duration limit, std::stop_token stop);

}  // namespace swarmbell
