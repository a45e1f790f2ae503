#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/snapshot/list_reader.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Reads the engine's answers into the model (see snapshot.h), normalised and with secrets masked. Remembers
// the last answer of each kind: objects whose bytes did not change are neither parsed nor made again.
//
// Thread safety: one thread at a time for each kind; different kinds may be read at once.
// Errors: those of ListReader. A field that this version does not know is no error, nor is an empty list.
class SnapshotReader {
 public:
  // `ignored_labels` are globs of the names of labels that comparisons do not see.
  explicit SnapshotReader(const MaskOptions& options, std::vector<std::string> ignored_labels = {});
  ~SnapshotReader();
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  // Sets the key of the markers that replace secrets, so that they equal those of an earlier run. Only before
  // the first read.
  void UseMarkerKey(const std::string& key);

  // For answers that arrive in pieces. The readers live as long as this object.
  ListReader<Service>& Services();
  ListReader<Node>& Nodes();
  ListReader<Task>& Tasks();
  // All containers, also those of swarm tasks; see PlainContainers.
  ListReader<Container>& Containers();
  ListReader<SharedObject>& Secrets();
  ListReader<SharedObject>& Configs();
  // All networks that the engine knows, also its own.
  ListReader<SharedObject>& Networks();

  // Reads a body of `/swarm`, which the engine `server` gave. INVALID_ARGUMENT as for ReadSwarmInfo().
  absl::StatusOr<SwarmSettings> ReadSettings(std::string_view body, const std::string& server) const;

  // For whole answers.
  absl::StatusOr<Objects<Service>> ReadServices(std::string_view body) { return Services().Read(body); }
  absl::StatusOr<Objects<Node>> ReadNodes(std::string_view body) { return Nodes().Read(body); }
  absl::StatusOr<Objects<Task>> ReadTasks(std::string_view body) { return Tasks().Read(body); }
  absl::StatusOr<Objects<Container>> ReadContainers(std::string_view body) { return Containers().Read(body); }
  absl::StatusOr<Objects<SharedObject>> ReadNetworks(std::string_view body) { return Networks().Read(body); }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads a body of `/info`. INVALID_ARGUMENT if it is not one whole JSON object with the documented types. A
// node outside a swarm has empty identifiers; that is no error.
absl::StatusOr<SwarmInfo> ReadSwarmInfo(std::string_view body);

}  // namespace swarmbell
