#pragma once

#include "absl/status/status.h"
#include "collector/poll/poll_status.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// The answer of GetSnapshotSummary from the status of the poll loops, without cursors and subscribers.
v1::GetSnapshotSummaryResponse Summarize(const PollStatus& status);

// OK while what the poll knows can be trusted, else UNAVAILABLE and why.
absl::Status PollHealth(const PollStatus& status);

}  // namespace swarmbell
