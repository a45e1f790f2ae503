#pragma once

#include "common/metrics/metrics.h"

namespace swarmbell {

// The metrics of reading the engine. Those with an endpoint have the label `endpoint`, for example
// `/services`.
inline constexpr char kPollDuration[] = "swarmbell_poll_duration_seconds";
inline constexpr char kPollFailures[] = "swarmbell_poll_failures_total";
inline constexpr char kPollLastSuccess[] = "swarmbell_poll_last_success_timestamp_seconds";
inline constexpr char kEngineResponseBytes[] = "swarmbell_engine_response_bytes_total";
inline constexpr char kObjects[] = "swarmbell_objects";
inline constexpr char kChanges[] = "swarmbell_changes_total";  // label `change`: as in ChangeEvent.details
inline constexpr char kEngineEvents[] = "swarmbell_engine_events_total";
inline constexpr char kStale[] = "swarmbell_stale";

void DeclarePollMetrics(Metrics& metrics);

}  // namespace swarmbell
