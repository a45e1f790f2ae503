#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "collector/diff/known.h"

namespace swarmbell {

// One record of what is known. Its name says what it is of: `service:`, `node:`, `task:`, `container:`,
// `service-note:`, `node-note:`, `failed-task:`, `shortage:`, `failed-job:` or `trouble:` and an identifier,
// or `head`.
struct KnownRecord {
  const std::string& name;
  // The object, when it is one: the same pointer means the same record. Null for notes.
  std::shared_ptr<const void> object;
  absl::FunctionRef<std::string()> seal;  // makes the record
};

// Calls `visit` once for each record; `swarm` and `containers` are the two parts of what is known.
void VisitKnown(const Known& swarm, const Known& containers,
                absl::FunctionRef<void(const KnownRecord&)> visit);

// Puts one record back into the parts. DATA_LOSS, naming the record, when it cannot be used.
absl::Status AddKnownRecord(std::string_view name, std::string_view record, Known& swarm, Known& containers);

}  // namespace swarmbell
