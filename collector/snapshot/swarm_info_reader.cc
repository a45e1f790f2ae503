#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/array_scanner.h"
#include "collector/snapshot/duplicate_keys.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/reader.h"

namespace swarmbell {
namespace {

constexpr const char* kWhatToDo = "; check that a Docker engine, and no proxy, answers there";

}  // namespace

absl::StatusOr<SwarmInfo> ReadSwarmInfo(std::string_view body) {
  // As a list of one, so that the same bound on nesting holds.
  const std::string list = absl::StrCat("[", absl::string_view(body.data(), body.size()), "]");
  const auto objects = SplitArray(list);
  if (!objects.ok() || objects->size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot read the engine's answer to /info: it is not one whole JSON object", kWhatToDo));
  }
  const nlohmann::json object = nlohmann::json::parse(objects->front(), nullptr, false);
  if (object.is_discarded()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot read the engine's answer to /info: it is not JSON", kWhatToDo));
  }
  if (HasDuplicateKeys(objects->front(), object)) {
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
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Cannot read the engine's answer to /info: ", status.message(), kWhatToDo));
  }
  return info;
}

}  // namespace swarmbell
