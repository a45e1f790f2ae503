#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "collector/diff/diff.h"

namespace swarmbell {

// One record of Known, which is everything that Diff() remembers. Its name is `head`, or a kind and an
// identifier: `service:`, `node:`, `task:`, `container:`, `service-note:`, `node-note:`, `failed-task:`,
// `shortage:`, `failed-job:` or `trouble:`.
struct KnownRecord {
  const std::string& name;
  // The object that the record holds: the same pointer means the same record. Null for notes.
  std::shared_ptr<const void> object;
  absl::FunctionRef<std::string()> seal;  // makes the record; costs nothing until it is called
};

// Calls `visit` once for each record. `swarm` and `containers` are the two parts that are read apart.
void VisitKnown(const Known& swarm, const Known& containers,
                absl::FunctionRef<void(const KnownRecord&)> visit);

// Adds the content of one record to the parts. DATA_LOSS, naming the record, if it cannot be used.
absl::Status AddKnownRecord(std::string_view name, std::string_view record, Known& swarm, Known& containers);

}  // namespace swarmbell
