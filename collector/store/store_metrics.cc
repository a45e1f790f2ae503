#include "collector/store/store_metrics.h"

namespace swarmbell {

void DeclareStoreMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kGauge, kRedisUp,
                  "1 when the last exchange with Redis worked, else 0; not there before the first.");
  metrics.Declare(MetricKind::kCounter, kRedisErrors, "Exchanges with Redis that failed.");
  metrics.Declare(MetricKind::kCounter, kRedisWrites, "Writes of what has changed to Redis.");
  metrics.Declare(MetricKind::kCounter, kRedisWrittenBytes, "Bytes of records written to Redis.");
  metrics.Declare(MetricKind::kGauge, kRedisUnstoredChanges,
                  "Changes in the log that Redis does not hold yet.");
  metrics.Declare(MetricKind::kGauge, kRedisLastWrite, "When all that is kept was last stored in Redis.");
  metrics.Add(kRedisErrors, {}, 0);
  metrics.Add(kRedisWrites, {}, 0);
  metrics.Add(kRedisWrittenBytes, {}, 0);
  metrics.Set(kRedisUnstoredChanges, {}, 0);
}

}  // namespace swarmbell
