#pragma once

#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// One page of the log, as ChangeFeedService.ListChanges promises it. A page ends early at about 1 MiB, so
// that it passes the 4 MiB that clients take by default. Errors: INVALID_ARGUMENT.
absl::StatusOr<v1::ListChangesResponse> ListChanges(const ChangeLog& log,
                                                    const v1::ListChangesRequest& request);

}  // namespace swarmbell
