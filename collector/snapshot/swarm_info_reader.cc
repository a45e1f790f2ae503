#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/array_splitter.h"
#include "collector/snapshot/duplicate_keys.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/reader.h"

namespace swarmbell {
namespace {

constexpr const char* kWhatToDo = "; check that a Docker engine, and no proxy, answers there";

class Count final : public ArraySplitter::Sink {
 public:
  ArraySplitter::Expected Expect() override { return {}; }
  void TakeExpected() override {}
  absl::Status Take(std::string_view) override { return ++objects, absl::OkStatus(); }

  int objects = 0;
};

// As a list of one, so that the same bound on nesting holds.
bool IsOneObject(std::string_view body) {
  Count count;
  ArraySplitter splitter(count);
  return splitter.Add("[").ok() && splitter.Add(body).ok() && splitter.Add("]").ok() && splitter.End().ok() &&
         count.objects == 1;
}

}  // namespace

absl::StatusOr<SwarmInfo> ReadSwarmInfo(std::string_view body) {
  if (!IsOneObject(body)) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot read the engine's answer to /info: it is not one whole JSON object", kWhatToDo));
  }
  const nlohmann::json object = nlohmann::json::parse(body, nullptr, false);
  if (object.is_discarded()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot read the engine's answer to /info: it is not JSON", kWhatToDo));
  }
  if (HasDuplicateKeys(body, object)) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot read the engine's answer to /info: it has a field twice", kWhatToDo));
  }
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
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot read the engine's answer to /info: ", status.message(), kWhatToDo));
  }
  return info;
}

}  // namespace swarmbell
