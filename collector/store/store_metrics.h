#pragma once

#include "common/metrics/metrics.h"

namespace swarmbell {

inline constexpr char kRedisUp[] = "swarmbell_redis_up";
inline constexpr char kRedisErrors[] = "swarmbell_redis_errors_total";
inline constexpr char kRedisWrites[] = "swarmbell_redis_writes_total";
inline constexpr char kRedisWrittenBytes[] = "swarmbell_redis_written_bytes_total";
inline constexpr char kRedisUnstoredChanges[] = "swarmbell_redis_unstored_changes";
inline constexpr char kRedisLastWrite[] = "swarmbell_redis_last_write_timestamp_seconds";

// The metric for Redis being up has no value before the first request, which waits until the swarm is known.
void DeclareStoreMetrics(Metrics& metrics);

}  // namespace swarmbell
