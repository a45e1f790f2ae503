#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Each turns one parsed and cleaned object of the engine, which has an identifier, into a value.
// INVALID_ARGUMENT names the object and the field that has another type than documented.
absl::StatusOr<Service> ReadService(const nlohmann::json& object, const Masker& masker);
absl::StatusOr<Node> ReadNode(nlohmann::json object, const Masker& masker);
absl::StatusOr<Task> ReadTask(const nlohmann::json& object, const Masker& masker, TextPool& texts);
absl::StatusOr<Container> ReadContainer(nlohmann::json object, const Masker& masker);

// Whether a container belongs to a swarm task.
bool IsTaskContainer(const Container& container);

}  // namespace swarmbell
