#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace swarmbell {

// How a setting reads to a person. Each takes the engine's JSON and falls back to PlainText() where it has
// another type than documented. Markers of masked parts stay in.

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

}  // namespace swarmbell
