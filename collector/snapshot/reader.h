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

// Turns bodies of the engine into values: normalised, and secrets masked.
//
// Thread safety: one thread at a time for each kind; different kinds may be read at once.
// A field that this version does not know is not an error, nor is an empty list.
class SnapshotReader {
 public:
  // `ignored_labels`: globs of the names of labels that are left out of what is compared.
  explicit SnapshotReader(const MaskOptions& options, std::vector<std::string> ignored_labels = {});
  ~SnapshotReader();
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  // Makes the marks of masked values with this key from now on, as an earlier run did. Only before the first
  // read.
  void UseMarkerKey(const std::string& key);

  // For answers that come piece by piece.
  ListReader<Service>& Services();
  ListReader<Node>& Nodes();
  ListReader<Task>& Tasks();
  // All of them, also those of swarm tasks; see PlainContainers.
  ListReader<Container>& Containers();
  ListReader<Network>& Networks();

  // For whole answers. Errors: those of ListReader.
  absl::StatusOr<Objects<Service>> ReadServices(std::string_view body) { return Services().Read(body); }
  absl::StatusOr<Objects<Node>> ReadNodes(std::string_view body) { return Nodes().Read(body); }
  absl::StatusOr<Objects<Task>> ReadTasks(std::string_view body) { return Tasks().Read(body); }
  absl::StatusOr<Objects<Container>> ReadContainers(std::string_view body) { return Containers().Read(body); }
  absl::StatusOr<Objects<Network>> ReadNetworks(std::string_view body) { return Networks().Read(body); }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads a body of `/info`. A node outside a swarm has empty identifiers; that is not an error.
absl::StatusOr<SwarmInfo> ReadSwarmInfo(std::string_view body);

}  // namespace swarmbell
