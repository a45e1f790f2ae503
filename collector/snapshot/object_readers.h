#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "collector/snapshot/ignored_labels.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Each turns one parsed and cleaned object of the engine, which has an identifier, into a value.
// INVALID_ARGUMENT names the object and the field that has another type than documented.
// Labels that are ignored stay in Service::labels, where rules and cards find them, and are in no spec; a
// node has no other place for them, and loses them.
absl::StatusOr<Service> ReadService(const nlohmann::json& object, const Masker& masker,
                                    const IgnoredLabels& ignored);
absl::StatusOr<Node> ReadNode(nlohmann::json object, const Masker& masker, const IgnoredLabels& ignored);
// Unset for what is listed among the tasks and is none: the attachment of a plain container to a network.
absl::StatusOr<std::optional<Task>> ReadTask(const nlohmann::json& object, const Masker& masker,
                                             TextPool& texts);
absl::StatusOr<Container> ReadContainer(nlohmann::json object, const Masker& masker);

}  // namespace swarmbell
