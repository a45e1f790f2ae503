#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/service_changes.pb.h"

namespace swarmbell {

// The `Spec` of a service: how it is brought into one form when it is read, and what is read from it.

// Labels that change without meaning anything, such as the time and the commit that a deployment tool writes
// on services: no comparison sees them. Thread-safe.
class IgnoredLabels {
 public:
  // `globs` match the names of labels.
  explicit IgnoredLabels(std::vector<std::string> globs = {}) : globs_(std::move(globs)) {}

  bool Has(std::string_view name) const;

  // Removes them from a service's `Spec` and from its container's.
  void RemoveFromSpec(nlohmann::json& spec) const;
  void RemoveFrom(std::map<std::string, std::string>& labels) const;

 private:
  std::vector<std::string> globs_;
};

// Drops null, {} and [] everywhere, repeatedly: engines use them, and the absence of the field, with one
// meaning. Inside `Mode` only null is dropped, because an empty object names the mode. Entries of lists stay.
// 0, false and "" are values and stay.
void NormalizeSpec(nlohmann::json& spec);

// Parses a `Spec` as Service keeps it; returns an empty object for an empty or invalid text. Moves networks
// that an old client put on the service itself into the task template, where newer clients put them: both
// mean the same.
nlohmann::json ParseSpec(const std::string& spec);

// Removes from both specs the fields that only one of them has: another version of the engine knows other
// fields, and sends its defaults for them. Entries of lists and of free maps (labels, options) stay.
void KeepSharedKeys(nlohmann::json& before, nlohmann::json& now);

// Reads a `TaskTemplate`. Missing fields have the engine's defaults; the image's own health check is not
// known here and is assumed to have the default interval and retries. Errors: those of the fields.
TaskPolicy ReadTaskPolicy(const JsonFields& task_template);

// Sets `update_config`, `rollback_config` and `publishes_ports` from the normalised `Spec`. A field of an
// unexpected type counts as absent.
void ReadRunSettings(const nlohmann::json& spec, Service& service);

// Reads a service's `Spec.Mode`; of an unspecified kind if it names no known mode. Errors: those of the
// fields.
v1::ServiceMode ReadServiceMode(const JsonFields& mode);

// Returns the fingerprint of a service's normalised TaskTemplate, or of a task's Spec.
TemplateFingerprint FingerprintTemplate(nlohmann::json task_template);

}  // namespace swarmbell
