#include "collector/snapshot/reader.h"

namespace swarmbell {

struct SnapshotReader::State {};

SnapshotReader::SnapshotReader(MaskOptions) : state_(std::make_unique<State>()) {}
SnapshotReader::~SnapshotReader() = default;

absl::StatusOr<Objects<Service>> SnapshotReader::ReadServices(std::string_view) { return Objects<Service>(); }
absl::StatusOr<Objects<Node>> SnapshotReader::ReadNodes(std::string_view) { return Objects<Node>(); }
absl::StatusOr<Objects<Task>> SnapshotReader::ReadTasks(std::string_view) { return Objects<Task>(); }
absl::StatusOr<Objects<Container>> SnapshotReader::ReadContainers(std::string_view) {
  return Objects<Container>();
}
absl::StatusOr<std::map<std::string, std::string>> SnapshotReader::ReadNetworkNames(std::string_view) {
  return std::map<std::string, std::string>();
}
absl::StatusOr<SwarmInfo> ReadSwarmInfo(std::string_view) { return SwarmInfo(); }

}  // namespace swarmbell
