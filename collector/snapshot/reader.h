#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Turns bodies of the engine into values: normalised, and secrets masked. Remembers the previous answer of
// each kind, so that an object whose bytes are the same is neither parsed nor copied again.
//
// Thread safety: one call at a time for each kind; calls for different kinds may run at once.
// Errors: INVALID_ARGUMENT, naming the endpoint, the object and the field, for a body that is not the whole
// JSON array that the engine documents. A field that this version does not know is not an error, nor is an
// empty list. After an error, what was remembered is unchanged.
class SnapshotReader {
 public:
  explicit SnapshotReader(const MaskOptions& options);
  ~SnapshotReader();
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  // Makes the marks of masked values with this key from now on, as an earlier run did. Only before the first
  // read.
  void UseMarkerKey(const std::string& key);

  absl::StatusOr<Objects<Service>> ReadServices(std::string_view body);
  absl::StatusOr<Objects<Node>> ReadNodes(std::string_view body);
  absl::StatusOr<Objects<Task>> ReadTasks(std::string_view body);

  // Leaves out the containers of swarm tasks: those are told about as tasks.
  absl::StatusOr<Objects<Container>> ReadContainers(std::string_view body);

  // Names by identifier.
  absl::StatusOr<std::map<std::string, std::string>> ReadNetworkNames(std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads a body of `/info`. A node outside a swarm has empty identifiers; that is not an error.
absl::StatusOr<SwarmInfo> ReadSwarmInfo(std::string_view body);

}  // namespace swarmbell
