#include "collector/snapshot/reader.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "collector/snapshot/duplicate_keys.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/normalize.h"
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

// Networks and containers have an `Id`, all else has an `ID`.
std::string IdOf(const Json& object) {
  for (const char* name : {"ID", "Id"}) {
    const auto id = object.find(name);
    if (id != object.end() && id->is_string()) return id->get<std::string>();
  }
  return {};
}

// The identifier of an object that is not parsed: engines write it first.
std::string IdAtFront(std::string_view bytes) {
  for (const std::string_view start : {R"({"ID":")", R"({"Id":")"}) {
    if (!bytes.starts_with(start)) continue;
    const std::string_view id = bytes.substr(start.size(), bytes.find('"', start.size()) - start.size());
    if (id.find('\\') == id.npos) return std::string(id);
  }
  return {};
}

}  // namespace

absl::StatusOr<ParsedObject> ParseObject(std::string_view bytes) {
  ParsedObject parsed;
  if (bytes.size() > kLongestObject) {
    parsed.id = IdAtFront(bytes);
    parsed.fault = absl::StrCat("an object of ", bytes.size(), " bytes, more than a swarm can keep");
    return parsed;
  }
  parsed.json = Json::parse(bytes, nullptr, false);
  if (parsed.json.is_discarded()) return absl::InvalidArgumentError("an object is not valid JSON in UTF-8");
  if (HasDuplicateKeys(bytes, parsed.json)) {
    parsed.fault = "an object has a field twice";  // perhaps its identifier
    return parsed;
  }
  CleanTexts(parsed.json);
  parsed.id = IdOf(parsed.json);
  if (parsed.id.empty()) parsed.fault = "an object without an identifier";
  return parsed;
}

std::string ListedTwice(const std::string& id) { return absl::StrCat("`", id, "` is listed twice"); }

absl::Status CannotRead(const char* endpoint, const absl::Status& why) {
  return absl::InvalidArgumentError(
      absl::StrCat("Cannot read the engine's answer to ", endpoint, ": ", why.message(),
                   "; check that a Docker engine, and no proxy, answers there"));
}

struct SnapshotReader::State {
  State(const MaskOptions& mask, std::vector<std::string> labels)
      : options(mask), masker(mask), ignored(std::move(labels)) {}

  const MaskOptions options;
  Masker masker;
  const IgnoredLabels ignored;
  ListReader<Service> services{"/services",
                               [this](const Json& object) { return ReadService(object, masker, ignored); }};
  ListReader<Node> nodes{"/nodes",
                         [this](Json object) { return ReadNode(std::move(object), masker, ignored); }};
  TextPool task_texts;
  ListReader<Task> tasks{"/tasks",
                         [this](const Json& object) { return ReadTask(object, masker, task_texts); }};
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
