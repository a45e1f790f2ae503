#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// The settings of a service's `Spec` in a person's terms, and how two specs differ in these terms.

// The form of the value at a path.
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
  std::size_t rank = 0;  // the position in the order of reporting
};

// All terms, in the order of reporting.
std::span<const FieldTerm> FieldTerms();

// The term for a path, or null for a setting that this version does not know.
const FieldTerm* FindFieldTerm(std::string_view path);

// The text of a setting. Each function falls back to PlainText() if the engine's JSON does not have the
// documented type. Markers of masked parts stay in the text.

std::string PlainText(const nlohmann::json& value);
std::string BytesText(const nlohmann::json& bytes);            // `512 MiB`
std::string CpuText(const nlohmann::json& nano_cpus);          // `0.5 CPU`
std::string DurationText(const nlohmann::json& nanos);         // `10s`
std::string ShellText(const nlohmann::json& words);            // `sh -c 'sleep 1'`
std::string HealthTestText(const nlohmann::json& test);        // the command, or `none`
std::string ImageText(const nlohmann::json& image);            // digests shortened to 12 digits
std::string MountText(const nlohmann::json& mount);            // `volume data -> /data ro`
std::string PortText(const nlohmann::json& port);              // `8080->80/tcp ingress`
std::string FileText(const nlohmann::json& file);              // of a secret or config: `db_password -> db`
std::string UlimitText(const nlohmann::json& ulimit);          // `soft:hard`
std::string PreferenceText(const nlohmann::json& preference);  // `spread node.labels.zone`
std::string PlatformText(const nlohmann::json& platform);      // `linux/amd64`
std::string GenericResourceText(const nlohmann::json& resource);

// `backend (aliases db, cache)`; by identifier where the name is not known.
std::string NetworkText(const nlohmann::json& network, const std::map<std::string, std::string>& names);

// All leaves of a value as `a.b=1 c=2`, leaving out the named fields of the top level.
std::string LeavesText(const nlohmann::json& value, std::initializer_list<const char*> without = {});

// Returns the differences between two versions of one part of a service's normalised `Spec`. `path` is the
// position of the part below `Spec`; empty for the whole. Null means that the part does not exist.
//
// Complete: parts that differ give at least one change, also for settings without a term; these are reported
// leaf by leaf under their path. Masked parts are shown as `••••`.
std::vector<v1::FieldChange> DiffFields(const nlohmann::json& before, const nlohmann::json& now,
                                        const std::string& path,
                                        const std::map<std::string, std::string>& network_names);

}  // namespace swarmbell
