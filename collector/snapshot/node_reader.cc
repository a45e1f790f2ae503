#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/object_readers.h"

namespace swarmbell {
namespace {

v1::NodeRole ParseRole(const std::string& role) {
  if (role == "worker") return v1::NODE_ROLE_WORKER;
  if (role == "manager") return v1::NODE_ROLE_MANAGER;
  return v1::NODE_ROLE_UNSPECIFIED;
}

v1::NodeAvailability ParseAvailability(const std::string& availability) {
  if (availability == "active") return v1::NODE_AVAILABILITY_ACTIVE;
  if (availability == "pause") return v1::NODE_AVAILABILITY_PAUSE;
  if (availability == "drain") return v1::NODE_AVAILABILITY_DRAIN;
  return v1::NODE_AVAILABILITY_UNSPECIFIED;
}

v1::NodeState ParseState(const std::string& state) {
  if (state == "unknown") return v1::NODE_STATE_UNKNOWN;
  if (state == "down") return v1::NODE_STATE_DOWN;
  if (state == "ready") return v1::NODE_STATE_READY;
  if (state == "disconnected") return v1::NODE_STATE_DISCONNECTED;
  return v1::NODE_STATE_UNSPECIFIED;
}

v1::NodeReachability ParseReachability(const std::string& reachability) {
  if (reachability == "unknown") return v1::NODE_REACHABILITY_UNKNOWN;
  if (reachability == "unreachable") return v1::NODE_REACHABILITY_UNREACHABLE;
  if (reachability == "reachable") return v1::NODE_REACHABILITY_REACHABLE;
  return v1::NODE_REACHABILITY_UNSPECIFIED;
}

// The address of a leader may be given as 0.0.0.0 for a while; its manager address is right.
std::string Address(const JsonFields& fields) {
  const std::string address = fields.Object("Status").Text("Addr");
  if (!address.empty() && address != "0.0.0.0") return address;
  const std::string manager = fields.Object("ManagerStatus").Text("Addr");
  const std::string host = manager.substr(0, manager.rfind(':'));
  return host == "0.0.0.0" ? std::string() : host;
}

}  // namespace

absl::StatusOr<Node> ReadNode(nlohmann::json object, const Masker& masker, const IgnoredLabels& ignored) {
  absl::Status status;
  const std::string id = JsonFields(object, "a node", &status).Text("ID");
  const JsonFields fields(object, absl::StrCat("node `", id, "`: "), &status);
  const JsonFields spec = fields.Object("Spec");
  const JsonFields description = fields.Object("Description");
  Node node;
  node.id = id;
  node.version = fields.Object("Version").Count("Index");
  node.hostname = description.Text("Hostname");
  node.role = ParseRole(spec.Text("Role"));
  node.availability = ParseAvailability(spec.Text("Availability"));
  node.state = ParseState(fields.Object("Status").Text("State"));
  node.state_message = masker.MaskMessage(fields.Object("Status").Text("Message"));
  node.address = Address(fields);
  node.engine_version = description.Object("Engine").Text("EngineVersion");
  node.labels = spec.TextMap("Labels");
  ignored.RemoveFrom(node.labels);
  masker.MaskLabels(node.labels);
  node.reachability = ParseReachability(fields.Object("ManagerStatus").Text("Reachability"));
  node.leader = fields.Object("ManagerStatus").Flag("Leader");
  node.created_at = fields.Time("CreatedAt");
  node.updated_at = fields.Time("UpdatedAt");
  if (!status.ok()) return status;
  return node;
}

}  // namespace swarmbell
