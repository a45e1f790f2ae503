#include "notifier/delivery/metrics.h"

namespace swarmbell {

void DeclareDeliveryMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kCounter, kDeliveries, "Messages that are done, by what became of them.");
  metrics.Declare(MetricKind::kCounter, kDeliveryRetries, "Attempts that failed and are made again.");
  metrics.Declare(MetricKind::kGauge, kDeliveryQueueLength, "Messages that wait for a receiver.");
  metrics.Declare(MetricKind::kGauge, kReceiverFailing,
                  "1 while a receiver has accepted no post for a minute although some were tried, else 0.");
  metrics.Declare(MetricKind::kHistogram, kDeliveryLatency,
                  "Time from the observation of a change to the acceptance of its message.",
                  {0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 14400});
}

}  // namespace swarmbell
