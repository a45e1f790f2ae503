#pragma once

#include <stop_token>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/grpc/auth_token.h"
#include "common/time/clock.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

struct SubscriptionOptions {
  AuthToken auth_token{};
  // How long the collector may take to accept the subscription.
  absl::Duration open_timeout = absl::Seconds(20);
  // After this many missed progress intervals the connection is lost.
  int missed_intervals = 3;
};

// Follows one Subscribe call until it ends; `handle` gets each response, in order, and may wait. Returns why
// the call ended, never OK: UNAVAILABLE when the collector ended it or fell silent, CANCELLED after `stop`
// (within moments), otherwise the collector's own status.
absl::Status Follow(v1::ChangeFeedService::Stub& stub, const v1::SubscribeRequest& request,
                    const SubscriptionOptions& options,
                    absl::FunctionRef<void(const v1::SubscribeResponse&)> handle, Clock& clock,
                    std::stop_token stop);

}  // namespace swarmbell
