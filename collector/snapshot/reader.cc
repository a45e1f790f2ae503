#include "collector/snapshot/reader.h"

#include <xxhash.h>

#include <compare>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "collector/snapshot/array_scanner.h"
#include "collector/snapshot/duplicate_keys.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/normalize.h"
#include "collector/snapshot/object_readers.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

struct Network {
  std::string id;
  std::string name;
};

struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
};

Fingerprint FingerprintOf(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

// The objects of the previous answer by their bytes.
template <typename T>
using Memory = std::map<Fingerprint, std::shared_ptr<const T>>;

absl::Status CannotRead(const char* endpoint, const absl::Status& why) {
  return absl::InvalidArgumentError(
      absl::StrCat("Cannot read the engine's answer to ", endpoint, ": ", why.message(),
                   "; check that a Docker engine, and no proxy, answers there"));
}

// Turns the bytes of one object into a value.
template <typename T, typename Read>
absl::StatusOr<std::shared_ptr<const T>> ParseObject(std::string_view bytes, const Read& read) {
  Json object = Json::parse(bytes, nullptr, false);
  if (object.is_discarded()) return absl::InvalidArgumentError("an object is not valid JSON in UTF-8");
  if (HasDuplicateKeys(bytes, object)) return absl::InvalidArgumentError("an object has a field twice");
  CleanTexts(object);
  absl::StatusOr<T> value = read(std::move(object));
  if (!value.ok()) return value.status();
  return std::make_shared<const T>(*std::move(value));
}

template <typename T, typename Read>
absl::StatusOr<Objects<T>> ReadList(const char* endpoint, std::string_view body, Memory<T>& memory,
                                    const Read& read) {
  const auto pieces = SplitArray(body);
  if (!pieces.ok()) return CannotRead(endpoint, pieces.status());
  Objects<T> objects;
  Memory<T> seen;
  for (const std::string_view bytes : *pieces) {
    const Fingerprint fingerprint = FingerprintOf(bytes);
    std::shared_ptr<const T> object;
    if (const auto known = memory.find(fingerprint); known != memory.end()) {
      object = known->second;
    } else {
      auto parsed = ParseObject<T>(bytes, read);
      if (!parsed.ok()) return CannotRead(endpoint, parsed.status());
      object = *std::move(parsed);
    }
    seen[fingerprint] = object;
    if (!objects.emplace(object->id, object).second) {
      return CannotRead(endpoint,
                        absl::InvalidArgumentError(absl::StrCat("`", object->id, "` is there twice")));
    }
  }
  memory = std::move(seen);
  return objects;
}

absl::StatusOr<Network> ReadNetwork(const Json& object) {
  absl::Status status;
  const JsonFields fields(object, "a network", &status);
  Network network{fields.Text("Id"), fields.Text("Name")};
  if (!status.ok()) return status;
  if (network.id.empty()) return absl::InvalidArgumentError("a network has no Id");
  return network;
}

}  // namespace

struct SnapshotReader::State {
  explicit State(const MaskOptions& mask) : options(mask), masker(mask) {}

  const MaskOptions options;
  Masker masker;
  Memory<Service> services;
  Memory<Node> nodes;
  Memory<Task> tasks;
  Memory<Container> containers;
  Memory<Network> networks;
};

SnapshotReader::SnapshotReader(const MaskOptions& options) : state_(std::make_unique<State>(options)) {}
SnapshotReader::~SnapshotReader() = default;

void SnapshotReader::UseMarkerKey(const std::string& key) { state_->masker = Masker(state_->options, key); }

absl::StatusOr<Objects<Service>> SnapshotReader::ReadServices(std::string_view body) {
  return ReadList("/services", body, state_->services,
                  [this](Json object) { return ReadService(std::move(object), state_->masker); });
}

absl::StatusOr<Objects<Node>> SnapshotReader::ReadNodes(std::string_view body) {
  return ReadList("/nodes", body, state_->nodes,
                  [this](Json object) { return ReadNode(std::move(object), state_->masker); });
}

absl::StatusOr<Objects<Task>> SnapshotReader::ReadTasks(std::string_view body) {
  return ReadList("/tasks", body, state_->tasks,
                  [this](Json object) { return ReadTask(std::move(object), state_->masker); });
}

absl::StatusOr<Objects<Container>> SnapshotReader::ReadContainers(std::string_view body) {
  auto containers = ReadList("/containers/json", body, state_->containers, [this](Json object) {
    return ReadContainer(std::move(object), state_->masker);
  });
  if (!containers.ok()) return containers;
  std::erase_if(*containers, [](const auto& entry) { return IsTaskContainer(*entry.second); });
  return containers;
}

absl::StatusOr<std::map<std::string, std::string>> SnapshotReader::ReadNetworkNames(std::string_view body) {
  const auto networks =
      ReadList("/networks", body, state_->networks, [](const Json& object) { return ReadNetwork(object); });
  if (!networks.ok()) return networks.status();
  std::map<std::string, std::string> names;
  for (const auto& [id, network] : *networks) names[id] = network->name;
  return names;
}

}  // namespace swarmbell
