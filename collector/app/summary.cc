#include "collector/app/summary.h"

#include "absl/strings/str_cat.h"
#include "common/process/process.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

void AddEndpoint(const EndpointStatus& endpoint, v1::GetSnapshotSummaryResponse& summary) {
  v1::EndpointSummary& added = *summary.add_endpoints();
  added.set_endpoint(endpoint.path);
  added.set_objects(endpoint.objects);
  added.set_error(endpoint.error);
  added.set_skipped_objects(static_cast<std::uint32_t>(endpoint.skipped.count));
  added.set_skipped_error(endpoint.skipped.reason);
  if (endpoint.last_read_time) *added.mutable_last_read_time() = ToProto(*endpoint.last_read_time);
}

std::string FirstError(const PollStatus& status) {
  for (const EndpointStatus& endpoint : status.endpoints) {
    if (!endpoint.error.empty()) return endpoint.error;
  }
  return status.stale_error;
}

}  // namespace

v1::GetSnapshotSummaryResponse Summarize(const PollStatus& status) {
  v1::GetSnapshotSummaryResponse summary;
  if (status.cluster) *summary.mutable_cluster() = *status.cluster;
  if (status.observer) *summary.mutable_observer() = *status.observer;
  summary.set_engine_version(status.engine_version);
  summary.set_api_version(status.api_version);
  for (const EndpointStatus& endpoint : status.endpoints) AddEndpoint(endpoint, summary);
  summary.set_stale(status.stale);
  summary.set_collector_version(BuildVersion());
  return summary;
}

absl::Status PollHealth(const PollStatus& status) {
  if (!status.stale) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("the swarm cannot be read: ", FirstError(status)));
}

}  // namespace swarmbell
