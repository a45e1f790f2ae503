#pragma once

#include "common/metrics/metrics.h"

namespace swarmbell {

inline constexpr char kDeliveries[] = "swarmbell_deliveries_total";
inline constexpr char kDeliveryRetries[] = "swarmbell_delivery_retries_total";
inline constexpr char kDeliveryQueueLength[] = "swarmbell_delivery_queue_length";
inline constexpr char kReceiverFailing[] = "swarmbell_receiver_failing";
inline constexpr char kDeliveryLatency[] = "swarmbell_delivery_latency_seconds";

// The values of the label `outcome`.
inline constexpr char kOutcomeAccepted[] = "accepted";
inline constexpr char kOutcomeRefused[] = "refused";   // a final answer
inline constexpr char kOutcomeGivenUp[] = "given_up";  // tried for too long
inline constexpr char kOutcomeDropped[] = "dropped";   // the queue was full
inline constexpr char kOutcomeLost[] = "lost";         // the process ended first

// To be called once, before any receiver is made.
void DeclareDeliveryMetrics(Metrics& metrics);

}  // namespace swarmbell
