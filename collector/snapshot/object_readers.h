#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "absl/status/statusor.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/snapshot.h"
#include "collector/snapshot/spec.h"

namespace swarmbell {

// Each function turns one object of the engine, parsed by ParseObject(), into a value with secrets masked.
// INVALID_ARGUMENT names the object and the field whose type is not the documented one.
//
// Ignored labels stay in Service::labels, where rules and cards find them, but are in no spec. Nodes have
// their labels in one place only and lose them.
absl::StatusOr<Service> ReadService(nlohmann::json object, const Masker& masker,
                                    const IgnoredLabels& ignored);
absl::StatusOr<Node> ReadNode(nlohmann::json object, const Masker& masker, const IgnoredLabels& ignored);
// Unset for an entry of the task list that is no task: the attachment of a plain container to a network.
absl::StatusOr<std::optional<Task>> ReadTask(nlohmann::json object, const Masker& masker, TextPool& texts);
absl::StatusOr<Container> ReadContainer(nlohmann::json object, const Masker& masker);
// A secret or config, whose content is dropped. `kind` names it in errors: `a secret`.
absl::StatusOr<SharedObject> ReadFile(const nlohmann::json& object, const Masker& masker, const char* kind);
absl::StatusOr<SharedObject> ReadNetwork(const nlohmann::json& object, const Masker& masker);

}  // namespace swarmbell
