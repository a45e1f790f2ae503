#pragma once

#include "absl/time/time.h"
#include "collector/poll/poll_status.h"
#include "common/metrics/metrics.h"

namespace swarmbell {

// The metrics of reading the engine. Those with an endpoint have the label `endpoint`, for example
// `/services`; those of single reads also `extent`: `all`, or `part` for what was read of some services only.
inline constexpr char kPollDuration[] = "swarmbell_poll_duration_seconds";
inline constexpr char kPollFailures[] = "swarmbell_poll_failures_total";
inline constexpr char kPollLastSuccess[] = "swarmbell_poll_last_success_timestamp_seconds";
inline constexpr char kPollAge[] = "swarmbell_poll_age_seconds";
inline constexpr char kEngineResponseBytes[] = "swarmbell_engine_response_bytes_total";
inline constexpr char kObjects[] = "swarmbell_objects";
inline constexpr char kSkippedObjects[] = "swarmbell_skipped_objects";
inline constexpr char kChanges[] = "swarmbell_changes_total";  // label `change`: as in ChangeEvent.details
inline constexpr char kEngineEvents[] = "swarmbell_engine_events_total";
inline constexpr char kStale[] = "swarmbell_stale";

void DeclarePollMetrics(Metrics& metrics);

// Sets how old what is known of each list is; an age grows without anything being read.
void MeasureAges(const PollStatus& status, absl::Time now, Metrics& metrics);

}  // namespace swarmbell
