#pragma once

#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// One page of the log, as ChangeFeedService.ListChanges promises it. A page ends early at about 1 MiB, so
// that it stays below the 4 MiB that clients accept by default. A page token is an opaque position.
//
// Errors: INVALID_ARGUMENT for a negative page size, bad filters, and a page token of another log or
// collector. A token whose changes the log no longer holds is none: the page begins with the oldest change.
absl::StatusOr<v1::ListChangesResponse> ListChanges(const ChangeLog& log,
                                                    const v1::ListChangesRequest& request);

}  // namespace swarmbell
