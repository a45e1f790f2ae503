#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace swarmbell {

// How the value at a path is to be read.
enum class FieldForm {
  kPlain,  // one value
  kBytes,  // one value from here ...
  kCpu,
  kDuration,
  kImage,
  kShell,
  kHealthTest,  // ... to here
  kEnv,         // a list of NAME=value
  kMap,         // an object of free names
  kTexts,       // a list of texts
  kConstraints,
  kMounts,
  kNetworks,
  kFiles,
  kPorts,
  kUlimits,
  kPreferences,
  kPlatforms,
  kGenericResources,
};

// A person's term for a setting of a service.
struct FieldTerm {
  std::string_view path;  // below `Spec`
  std::string_view group;
  std::string_view name;
  FieldForm form = FieldForm::kPlain;
  std::size_t rank = 0;  // the order to tell fields in
};

// All terms, in the order to tell fields in.
std::span<const FieldTerm> FieldTerms();

// The term for a path, or null for a setting that this version does not know.
const FieldTerm* FindFieldTerm(std::string_view path);

}  // namespace swarmbell
