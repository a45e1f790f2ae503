#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "collector/snapshot/list_reader.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// How one endpoint is read.
struct EndpointStatus {
  std::string path;                               // for example `/services`
  std::uint32_t objects = 0;                      // in the last good read
  std::optional<absl::Time> last_read_time = {};  // the end of the last good read
  std::string error = {};                         // why the last read failed; empty if it was good
  SkippedObjects skipped = {};                    // of the last good read
};

// The swarm that a collector watches, and the age of its knowledge.
struct PollStatus {
  // Unset until the engine has been read once.
  std::optional<v1::Cluster> cluster;
  std::optional<v1::Observer> observer;
  // As in EngineVersion.
  std::string engine_version;
  std::string api_version;
  std::vector<EndpointStatus> endpoints;
  // The oldest of the last good reads of /services, /nodes and /tasks; unset until each has been read.
  std::optional<absl::Time> last_read_time;
  // True if a list failed, or was not read, for longer than `stale_after`; and the reason.
  bool stale = false;
  std::string stale_error;
};

}  // namespace swarmbell
