#include "collector/snapshot/reader.h"

#include <openssl/evp.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "collector/snapshot/array_splitter.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/object_readers.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

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

absl::StatusOr<Json> ParseOneObject(const char* endpoint, std::string_view body) {
  const auto cannot = [endpoint](absl::string_view why) {
    return CannotRead(endpoint, absl::InvalidArgumentError(why));
  };
  if (!IsOneObject(body)) return cannot("it is not one whole JSON object");
  Json object = Json::parse(body, nullptr, false);
  if (object.is_discarded()) return cannot("it is not JSON");
  if (HasDuplicateKeys(body, object)) return cannot("it has a field twice");
  CleanTexts(object);
  return object;
}

// The beginning of a SHA-256, in hexadecimal; empty for an empty text. A join token has too many
// possibilities for its own to be found by trying.
std::string ShortHash(const std::string& text) {
  constexpr std::size_t kBytes = 8;
  if (text.empty()) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(std::string(digest.begin(), digest.begin() + kBytes));
}

// The settings among the fields of `/swarm`.
Json SettingsOf(const JsonFields& fields, const Json& object, const Masker& masker) {
  Json settings = object.value("Spec", Json::object());
  if (settings.contains("CAConfig") && settings["CAConfig"].is_object()) {
    for (const char* key : {"SigningCACert", "SigningCAKey"}) settings["CAConfig"].erase(key);
  }
  for (const char* name : {"RootRotationInProgress", "DefaultAddrPool", "SubnetSize", "DataPathPort"}) {
    if (fields.Has(name)) settings[name] = *fields.Find(name);
  }
  masker.MaskSpec(settings);
  settings["RootCertificate"] = ShortHash(fields.Object("TLSInfo").Text("TrustRoot"));
  settings["JoinTokens"] = Json::object();
  for (const char* role : {"Manager", "Worker"}) {
    settings["JoinTokens"][role] = ShortHash(fields.Object("JoinTokens").Text(role));
  }
  return settings;
}

}  // namespace

absl::StatusOr<SwarmInfo> ReadSwarmInfo(std::string_view body) {
  const absl::StatusOr<Json> object = ParseOneObject("/info", body);
  if (!object.ok()) return object.status();
  absl::Status status;
  const JsonFields fields(*object, "", &status);
  const JsonFields swarm = fields.Object("Swarm");
  const JsonFields cluster = swarm.Object("Cluster");
  SwarmInfo info;
  info.cluster_id = cluster.Text("ID");
  info.cluster_name = cluster.Object("Spec").Text("Name");
  info.node_id = swarm.Text("NodeID");
  info.hostname = fields.Text("Name");
  info.manager = swarm.Flag("ControlAvailable");
  info.locked = swarm.Text("LocalNodeState") == "locked";
  if (!status.ok()) return CannotRead("/info", status);
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
  ListReader<SharedObject> secrets{
      "/secrets", [this](const Json& object) { return ReadFile(object, masker, "a secret"); }};
  ListReader<SharedObject> configs{
      "/configs", [this](const Json& object) { return ReadFile(object, masker, "a config"); }};
  ListReader<SharedObject> networks{"/networks",
                                    [this](const Json& object) { return ReadNetwork(object, masker); }};
};

SnapshotReader::SnapshotReader(const MaskOptions& options, std::vector<std::string> ignored_labels)
    : state_(std::make_unique<State>(options, std::move(ignored_labels))) {}
SnapshotReader::~SnapshotReader() = default;

void SnapshotReader::UseMarkerKey(const std::string& key) { state_->masker = Masker(state_->options, key); }

ListReader<Service>& SnapshotReader::Services() { return state_->services; }
ListReader<Node>& SnapshotReader::Nodes() { return state_->nodes; }
ListReader<Task>& SnapshotReader::Tasks() { return state_->tasks; }
ListReader<Container>& SnapshotReader::Containers() { return state_->containers; }
ListReader<SharedObject>& SnapshotReader::Secrets() { return state_->secrets; }
ListReader<SharedObject>& SnapshotReader::Configs() { return state_->configs; }
ListReader<SharedObject>& SnapshotReader::Networks() { return state_->networks; }

absl::StatusOr<SwarmSettings> SnapshotReader::ReadSettings(std::string_view body,
                                                           const std::string& server) const {
  const absl::StatusOr<Json> object = ParseOneObject("/swarm", body);
  if (!object.ok()) return object.status();
  absl::Status status;
  const JsonFields fields(*object, "", &status);
  fields.Object("Spec").Object("CAConfig");
  SwarmSettings settings;
  settings.version = fields.Object("Version").Count("Index");
  settings.updated_at = fields.Time("UpdatedAt");
  if (!status.ok()) return CannotRead("/swarm", status);
  Json json = SettingsOf(fields, *object, state_->masker);
  if (!status.ok()) return CannotRead("/swarm", status);
  json["Server"] = server;
  NormalizeSpec(json);
  settings.text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return settings;
}

}  // namespace swarmbell
