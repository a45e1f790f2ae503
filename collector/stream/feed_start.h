#pragma once

#include <string>

#include "absl/status/status.h"
#include "collector/changelog/change_log.h"
#include "collector/changelog/subscription_book.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// Where a Subscribe call starts.
struct FeedStart {
  LogPosition position;
  bool resumed = false;     // at the position kept for its subscription
  SubscriptionRecord kept;  // for its subscription; empty if it has none
};

// INVALID_ARGUMENT when it is too long.
absl::Status CheckSubscriptionName(const std::string& name);

// A position of this log that the subscriber has itself comes first, then the one kept for its subscription.
FeedStart FindStart(const v1::SubscribeRequest& request, const ChangeLog& log, SubscriptionBook& book);

// Moves a subscription on. Errors as those of the call.
absl::Status Acknowledge(const v1::AcknowledgeRequest& request, const ChangeLog& log, SubscriptionBook& book);

}  // namespace swarmbell
