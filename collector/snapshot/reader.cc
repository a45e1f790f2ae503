#include "collector/snapshot/reader.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "collector/snapshot/array_splitter.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/object_readers.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

absl::StatusOr<Network> ReadNetwork(const Json& object) {
  absl::Status status;
  const JsonFields fields(object, "a network", &status);
  Network network{fields.Text("Id"), fields.Text("Name")};
  if (!status.ok()) return status;
  return network;
}

class ObjectCounter final : public ArraySplitter::Sink {
 public:
  ArraySplitter::Expected Expect() override { return {}; }
  void TakeExpected() override {}
  absl::Status Take(std::string_view) override { return ++objects, absl::OkStatus(); }

  int objects = 0;
};

// Reads it as a list of one, so that the same limit on nesting applies.
bool IsOneObject(std::string_view body) {
  ObjectCounter counter;
  ArraySplitter splitter(counter);
  return splitter.Add("[").ok() && splitter.Add(body).ok() && splitter.Add("]").ok() && splitter.End().ok() &&
         counter.objects == 1;
}

absl::Status CannotReadInfo(absl::string_view why) {
  return CannotRead("/info", absl::InvalidArgumentError(why));
}

}  // namespace

absl::StatusOr<SwarmInfo> ReadSwarmInfo(std::string_view body) {
  if (!IsOneObject(body)) return CannotReadInfo("it is not one whole JSON object");
  Json object = Json::parse(body, nullptr, false);
  if (object.is_discarded()) return CannotReadInfo("it is not JSON");
  if (HasDuplicateKeys(body, object)) return CannotReadInfo("it has a field twice");
  CleanTexts(object);
  absl::Status status;
  const JsonFields fields(object, "", &status);
  const JsonFields swarm = fields.Object("Swarm");
  const JsonFields cluster = swarm.Object("Cluster");
  SwarmInfo info;
  info.cluster_id = cluster.Text("ID");
  info.cluster_name = cluster.Object("Spec").Text("Name");
  info.node_id = swarm.Text("NodeID");
  info.hostname = fields.Text("Name");
  info.manager = swarm.Flag("ControlAvailable");
  info.locked = swarm.Text("LocalNodeState") == "locked";
  if (!status.ok()) return CannotReadInfo(status.message());
  return info;
}

struct SnapshotReader::State {
  State(const MaskOptions& mask, std::vector<std::string> labels)
      : options(mask), masker(mask), ignored(std::move(labels)) {}

  const MaskOptions options;
  Masker masker;
  const IgnoredLabels ignored;
  ListReader<Service> services{
      "/services", [this](Json object) { return ReadService(std::move(object), masker, ignored); }};
  ListReader<Node> nodes{"/nodes",
                         [this](Json object) { return ReadNode(std::move(object), masker, ignored); }};
  TextPool task_texts;
  ListReader<Task> tasks{"/tasks",
                         [this](Json object) { return ReadTask(std::move(object), masker, task_texts); }};
  ListReader<Container> containers{"/containers/json",
                                   [this](Json object) { return ReadContainer(std::move(object), masker); }};
  ListReader<Network> networks{"/networks", [](const Json& object) { return ReadNetwork(object); }};
};

SnapshotReader::SnapshotReader(const MaskOptions& options, std::vector<std::string> ignored_labels)
    : state_(std::make_unique<State>(options, std::move(ignored_labels))) {}
SnapshotReader::~SnapshotReader() = default;

void SnapshotReader::UseMarkerKey(const std::string& key) { state_->masker = Masker(state_->options, key); }

ListReader<Service>& SnapshotReader::Services() { return state_->services; }
ListReader<Node>& SnapshotReader::Nodes() { return state_->nodes; }
ListReader<Task>& SnapshotReader::Tasks() { return state_->tasks; }
ListReader<Container>& SnapshotReader::Containers() { return state_->containers; }
ListReader<Network>& SnapshotReader::Networks() { return state_->networks; }

}  // namespace swarmbell
