#include "collector/poll/poll_metrics.h"

namespace swarmbell {

void DeclarePollMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kHistogram, kPollDuration, "How long reads of the Docker Engine took.",
                  {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30});
  metrics.Declare(MetricKind::kCounter, kPollFailures, "Reads of the Docker Engine that failed.");
  metrics.Declare(MetricKind::kGauge, kPollLastSuccess, "When the last good read ended.");
  metrics.Declare(MetricKind::kGauge, kPollAge, "Time since the last good read of everything.");
  metrics.Declare(MetricKind::kCounter, kEngineResponseBytes, "Bytes of answers of the Docker Engine.");
  metrics.Declare(MetricKind::kGauge, kObjects, "Objects in the last good read.");
  metrics.Declare(MetricKind::kGauge, kSkippedObjects,
                  "Objects of the last good read that make no sense and were passed over.");
  metrics.Declare(MetricKind::kCounter, kChanges, "Changes found.");
  metrics.Declare(MetricKind::kCounter, kEngineEvents, "Events received from the Docker Engine.");
  metrics.Declare(MetricKind::kGauge, kStale, "1 when the engine could not be read for too long, else 0.");
  metrics.Add(kEngineEvents, {}, 0);
  metrics.Set(kStale, {}, 0);
}

void MeasureAges(const PollStatus& status, absl::Time now, Metrics& metrics) {
  for (const EndpointStatus& endpoint : status.endpoints) {
    if (!endpoint.last_read_time) continue;
    metrics.Set(kPollAge, {{"endpoint", endpoint.path}},
                absl::ToDoubleSeconds(now - *endpoint.last_read_time));
  }
}

}  // namespace swarmbell
