#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "collector/diff/fields.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using enum FieldForm;

#define CONTAINER "TaskTemplate.ContainerSpec."
#define RESOURCES "TaskTemplate.Resources."
#define PLACEMENT "TaskTemplate.Placement."

// The terms are those of docker's command line and reference, in the order of reporting.
constexpr std::array kTerms = {
    FieldTerm{CONTAINER "Image", "Image", "", kImage},
    FieldTerm{CONTAINER "Command", "Arguments", "Entrypoint", kShell},
    FieldTerm{CONTAINER "Args", "Arguments", "", kShell},
    FieldTerm{CONTAINER "Env", "Environment", "", kEnv},
    FieldTerm{RESOURCES "Limits.NanoCPUs", "Resources", "CPU limit", kCpu},
    FieldTerm{RESOURCES "Limits.MemoryBytes", "Resources", "Memory limit", kBytes},
    FieldTerm{RESOURCES "Limits.Pids", "Resources", "PIDs limit", kPlain},
    FieldTerm{RESOURCES "Reservations.NanoCPUs", "Resources", "CPU reservation", kCpu},
    FieldTerm{RESOURCES "Reservations.MemoryBytes", "Resources", "Memory reservation", kBytes},
    FieldTerm{RESOURCES "Reservations.GenericResources", "Resources", "Generic resource", kGenericResources},
    FieldTerm{RESOURCES "SwapBytes", "Resources", "Swap limit", kBytes},
    FieldTerm{RESOURCES "MemorySwappiness", "Resources", "Memory swappiness", kPlain},
    FieldTerm{CONTAINER "Mounts", "Mounts", "", kMounts},
    FieldTerm{"TaskTemplate.Networks", "Networks", "", kNetworks},
    FieldTerm{CONTAINER "Secrets", "Secrets", "", kFiles},
    FieldTerm{CONTAINER "Configs", "Configs", "", kFiles},
    FieldTerm{CONTAINER "Healthcheck.Test", "Healthcheck", "Command", kHealthTest},
    FieldTerm{CONTAINER "Healthcheck.Interval", "Healthcheck", "Interval", kDuration},
    FieldTerm{CONTAINER "Healthcheck.Timeout", "Healthcheck", "Timeout", kDuration},
    FieldTerm{CONTAINER "Healthcheck.StartPeriod", "Healthcheck", "Start period", kDuration},
    FieldTerm{CONTAINER "Healthcheck.StartInterval", "Healthcheck", "Start interval", kDuration},
    FieldTerm{CONTAINER "Healthcheck.Retries", "Healthcheck", "Retries", kPlain},
    FieldTerm{"TaskTemplate.RestartPolicy.Condition", "Restart policy", "Condition", kPlain},
    FieldTerm{"TaskTemplate.RestartPolicy.Delay", "Restart policy", "Delay", kDuration},
    FieldTerm{"TaskTemplate.RestartPolicy.MaxAttempts", "Restart policy", "Max attempts", kPlain},
    FieldTerm{"TaskTemplate.RestartPolicy.Window", "Restart policy", "Window", kDuration},
    FieldTerm{PLACEMENT "Constraints", "Placement", "Constraint", kConstraints},
    FieldTerm{PLACEMENT "Preferences", "Placement", "Preference", kPreferences},
    FieldTerm{PLACEMENT "MaxReplicas", "Placement", "Max replicas per node", kPlain},
    FieldTerm{PLACEMENT "Platforms", "Placement", "Platform", kPlatforms},
    FieldTerm{CONTAINER "Labels", "Container labels", "", kMap},
    FieldTerm{CONTAINER "Hostname", "Container", "Hostname", kPlain},
    FieldTerm{CONTAINER "User", "Container", "User", kPlain},
    FieldTerm{CONTAINER "Groups", "Container", "Group", kTexts},
    FieldTerm{CONTAINER "Dir", "Container", "Working directory", kPlain},
    FieldTerm{CONTAINER "Init", "Container", "Init", kPlain},
    FieldTerm{CONTAINER "TTY", "Container", "TTY", kPlain},
    FieldTerm{CONTAINER "OpenStdin", "Container", "Open stdin", kPlain},
    FieldTerm{CONTAINER "ReadOnly", "Container", "Read-only root file system", kPlain},
    FieldTerm{CONTAINER "StopSignal", "Container", "Stop signal", kPlain},
    FieldTerm{CONTAINER "StopGracePeriod", "Container", "Stop grace period", kDuration},
    FieldTerm{CONTAINER "Isolation", "Container", "Isolation", kPlain},
    FieldTerm{CONTAINER "OomScoreAdj", "Container", "OOM score adjustment", kPlain},
    FieldTerm{"TaskTemplate.Runtime", "Container", "Runtime", kPlain},
    FieldTerm{CONTAINER "CapabilityAdd", "Capabilities", "Added", kTexts},
    FieldTerm{CONTAINER "CapabilityDrop", "Capabilities", "Dropped", kTexts},
    FieldTerm{CONTAINER "Privileges.NoNewPrivileges", "Privileges", "No new privileges", kPlain},
    FieldTerm{CONTAINER "Privileges.CredentialSpec.File", "Privileges", "Credential spec file", kPlain},
    FieldTerm{CONTAINER "Privileges.CredentialSpec.Registry", "Privileges", "Credential spec registry",
              kPlain},
    FieldTerm{CONTAINER "Privileges.CredentialSpec.Config", "Privileges", "Credential spec config", kPlain},
    FieldTerm{CONTAINER "Privileges.Seccomp.Mode", "Privileges", "Seccomp mode", kPlain},
    FieldTerm{CONTAINER "Privileges.AppArmor.Mode", "Privileges", "AppArmor mode", kPlain},
    FieldTerm{CONTAINER "Sysctls", "Sysctls", "", kMap},
    FieldTerm{CONTAINER "Ulimits", "Ulimits", "", kUlimits},
    FieldTerm{CONTAINER "Hosts", "Hosts", "", kTexts},
    FieldTerm{CONTAINER "DNSConfig.Nameservers", "DNS", "Server", kTexts},
    FieldTerm{CONTAINER "DNSConfig.Search", "DNS", "Search", kTexts},
    FieldTerm{CONTAINER "DNSConfig.Options", "DNS", "Option", kTexts},
    FieldTerm{"TaskTemplate.LogDriver.Name", "Log driver", "", kPlain},
    FieldTerm{"TaskTemplate.LogDriver.Options", "Log driver", "", kMap},
    FieldTerm{"TaskTemplate.ForceUpdate", "Forced update", "", kPlain},
    FieldTerm{"EndpointSpec.Mode", "Endpoint", "Mode", kPlain},
    FieldTerm{"EndpointSpec.Ports", "Ports", "", kPorts},
    FieldTerm{"UpdateConfig.Parallelism", "Update config", "Parallelism", kPlain},
    FieldTerm{"UpdateConfig.Delay", "Update config", "Delay", kDuration},
    FieldTerm{"UpdateConfig.FailureAction", "Update config", "Failure action", kPlain},
    FieldTerm{"UpdateConfig.Monitor", "Update config", "Monitor", kDuration},
    FieldTerm{"UpdateConfig.MaxFailureRatio", "Update config", "Max failure ratio", kPlain},
    FieldTerm{"UpdateConfig.Order", "Update config", "Order", kPlain},
    FieldTerm{"RollbackConfig.Parallelism", "Rollback config", "Parallelism", kPlain},
    FieldTerm{"RollbackConfig.Delay", "Rollback config", "Delay", kDuration},
    FieldTerm{"RollbackConfig.FailureAction", "Rollback config", "Failure action", kPlain},
    FieldTerm{"RollbackConfig.Monitor", "Rollback config", "Monitor", kDuration},
    FieldTerm{"RollbackConfig.MaxFailureRatio", "Rollback config", "Max failure ratio", kPlain},
    FieldTerm{"RollbackConfig.Order", "Rollback config", "Order", kPlain},
    FieldTerm{"Labels", "Labels", "", kMap},
    FieldTerm{"Swarm.JoinTokens.Manager", "Join tokens", "Manager token", kPlain},
    FieldTerm{"Swarm.JoinTokens.Worker", "Join tokens", "Worker token", kPlain},
    FieldTerm{"Swarm.EncryptionConfig.AutoLockManagers", "Encryption", "Autolock", kPlain},
    FieldTerm{"Swarm.RootCertificate", "Certificates", "Root certificate", kPlain},
    FieldTerm{"Swarm.RootRotationInProgress", "Certificates", "Rotation in progress", kPlain},
    FieldTerm{"Swarm.CAConfig.ForceRotate", "Certificates", "Rotations asked for", kPlain},
    FieldTerm{"Swarm.CAConfig.NodeCertExpiry", "Certificates", "Expiry of nodes' certificates", kDuration},
    FieldTerm{"Swarm.Orchestration.TaskHistoryRetentionLimit", "Tasks", "Task history limit", kPlain},
    FieldTerm{"Swarm.TaskDefaults.LogDriver.Name", "Log driver", "", kPlain},
    FieldTerm{"Swarm.TaskDefaults.LogDriver.Options", "Log driver", "", kMap},
    FieldTerm{"Swarm.Dispatcher.HeartbeatPeriod", "Dispatcher", "Heartbeat period", kDuration},
    FieldTerm{"Swarm.Raft.SnapshotInterval", "Raft", "Snapshot interval", kPlain},
    FieldTerm{"Swarm.Raft.KeepOldSnapshots", "Raft", "Old snapshots kept", kPlain},
    FieldTerm{"Swarm.Raft.LogEntriesForSlowFollowers", "Raft", "Entries for slow followers", kPlain},
    FieldTerm{"Swarm.Labels", "Labels", "", kMap},
};

#undef CONTAINER
#undef RESOURCES
#undef PLACEMENT

std::string Dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

const Json& Child(const Json& value, const char* name) {
  static const auto* const none = new Json();
  if (!value.is_object()) return *none;
  const auto found = value.find(name);
  return found == value.end() ? *none : *found;
}

std::string ChildText(const Json& value, const char* name) {
  const Json& child = Child(value, name);
  return child.is_null() ? std::string() : PlainText(child);
}

void AddWord(std::string& text, const std::string& word) {
  if (word.empty()) return;
  if (!text.empty()) text += ' ';
  text += word;
}

// `1.5`, `2`: at most `digits` decimals and no zeros at the end.
std::string Decimal(double value, int digits) {
  std::string text = absl::StrFormat("%.*f", digits, value);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool IsPlainWord(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("_-./:=@%+,\x02\x03").find(c) != std::string_view::npos;
  });
}

std::string ShellWord(const std::string& word) {
  if (IsPlainWord(word)) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

bool AllTexts(const Json& list) {
  return list.is_array() &&
         std::all_of(list.begin(), list.end(), [](const Json& e) { return e.is_string(); });
}

void CollectLeaves(const Json& value, const std::string& path, std::vector<std::string>& leaves) {
  if (value.is_object()) {
    for (const auto& [name, child] : value.items()) {
      CollectLeaves(child, path.empty() ? name : absl::StrCat(path, ".", name), leaves);
    }
  } else if (value.is_array() && std::any_of(value.begin(), value.end(),
                                             [](const Json& entry) { return entry.is_structured(); })) {
    for (const Json& entry : value) CollectLeaves(entry, path, leaves);
  } else {
    leaves.push_back(path.empty() ? PlainText(value) : absl::StrCat(path, "=", PlainText(value)));
  }
}

}  // namespace

std::span<const FieldTerm> FieldTerms() { return kTerms; }

const FieldTerm* FindFieldTerm(std::string_view path) {
  static const auto* const by_path = [] {
    auto* map = new std::map<std::string_view, FieldTerm>();
    for (std::size_t i = 0; i < kTerms.size(); ++i) {
      FieldTerm term = kTerms[i];
      term.rank = i;
      map->emplace(term.path, term);
    }
    return map;
  }();
  const auto found = by_path->find(path);
  return found == by_path->end() ? nullptr : &found->second;
}

std::string PlainText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    return absl::StrJoin(value, ", ", [](std::string* out, const Json& entry) { *out += PlainText(entry); });
  }
  if (value.is_object()) return LeavesText(value);
  return Dump(value);
}

std::string LeavesText(const Json& value, std::initializer_list<const char*> without) {
  Json rest = value;
  if (rest.is_object()) {
    for (const char* name : without) rest.erase(name);
  }
  std::vector<std::string> leaves;
  CollectLeaves(rest, "", leaves);
  return absl::StrJoin(leaves, " ");
}

std::string BytesText(const Json& bytes) {
  if (!bytes.is_number()) return PlainText(bytes);
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  auto amount = bytes.get<double>();
  std::size_t unit = 0;
  while (amount >= kStep && unit + 1 < kUnits.size()) {
    amount /= kStep;
    ++unit;
  }
  return absl::StrCat(Decimal(amount, 2), " ", kUnits[unit]);
}

std::string CpuText(const Json& nano_cpus) {
  if (!nano_cpus.is_number()) return PlainText(nano_cpus);
  constexpr double kNano = 1e9;
  return absl::StrCat(Decimal(nano_cpus.get<double>() / kNano, 9), " CPU");
}

std::string DurationText(const Json& nanos) {
  if (!nanos.is_number_integer()) return PlainText(nanos);
  const auto count = nanos.get<std::int64_t>();
  return count == 0 ? "0s" : absl::FormatDuration(absl::Nanoseconds(count));
}

std::string ShellText(const Json& words) {
  if (!AllTexts(words)) return PlainText(words);
  return absl::StrJoin(words, " ", [](std::string* out, const Json& word) {
    *out += ShellWord(word.get_ref<const std::string&>());
  });
}

std::string HealthTestText(const Json& test) {
  if (!AllTexts(test) || test.empty()) return PlainText(test);
  const auto& kind = test[0].get_ref<const std::string&>();
  if (kind == "NONE" && test.size() == 1) return "none";
  if (kind == "CMD-SHELL" && test.size() == 2) return test[1].get<std::string>();
  if (kind != "CMD") return ShellText(test);
  Json words = test;
  words.erase(0);
  return ShellText(words);
}

std::string ImageText(const Json& image) {
  std::string text = PlainText(image);
  constexpr std::string_view kMark = "@sha256:";
  constexpr std::size_t kShown = 12;
  const std::size_t mark = text.rfind(kMark);
  if (mark == std::string::npos) return text;
  const std::size_t begin = mark + kMark.size();
  if (text.find_first_not_of("0123456789abcdef", begin) == std::string::npos &&
      text.size() > begin + kShown) {
    text.resize(begin + kShown);
  }
  return text;
}

std::string MountText(const Json& mount) {
  if (!mount.is_object()) return PlainText(mount);
  std::string text = ChildText(mount, "Type");
  AddWord(text, ChildText(mount, "Source"));
  AddWord(text, absl::StrCat("-> ", ChildText(mount, "Target")));
  const Json& read_only = Child(mount, "ReadOnly");
  if (read_only == true) AddWord(text, "ro");
  AddWord(text, LeavesText(mount, {"Type", "Source", "Target", "ReadOnly"}));
  return text;
}

std::string PortText(const Json& port) {
  if (!port.is_object()) return PlainText(port);
  std::string text;
  if (port.contains("PublishedPort")) text = ChildText(port, "PublishedPort") + "->";
  text += ChildText(port, "TargetPort");
  text += absl::StrCat("/", port.contains("Protocol") ? ChildText(port, "Protocol") : "tcp");
  AddWord(text, ChildText(port, "PublishMode"));
  AddWord(text, LeavesText(port, {"PublishedPort", "TargetPort", "Protocol", "PublishMode"}));
  return text;
}

std::string FileText(const Json& file) {
  if (!file.is_object()) return PlainText(file);
  constexpr int kUsualMode = 0444;
  std::string text = ChildText(file, file.contains("SecretName") ? "SecretName" : "ConfigName");
  const Json& target = Child(file, "File");
  if (!target.is_null()) {
    AddWord(text, absl::StrCat("-> ", ChildText(target, "Name")));
    const std::string uid = ChildText(target, "UID");
    const std::string gid = ChildText(target, "GID");
    if (!uid.empty() && uid != "0") AddWord(text, "uid " + uid);
    if (!gid.empty() && gid != "0") AddWord(text, "gid " + gid);
    const Json& mode = Child(target, "Mode");
    if (mode.is_number_integer() && mode != kUsualMode) {
      AddWord(text, absl::StrFormat("mode %04o", mode.get<std::uint64_t>()));
    }
    AddWord(text, LeavesText(target, {"Name", "UID", "GID", "Mode"}));
  }
  AddWord(text, LeavesText(file, {"File", "SecretName", "ConfigName", "SecretID", "ConfigID"}));
  return text;
}

std::string UlimitText(const Json& ulimit) {
  if (!ulimit.is_object()) return PlainText(ulimit);
  std::string text = absl::StrCat(ChildText(ulimit, "Soft"), ":", ChildText(ulimit, "Hard"));
  AddWord(text, LeavesText(ulimit, {"Name", "Soft", "Hard"}));
  return text;
}

std::string PreferenceText(const Json& preference) {
  const std::string spread = ChildText(Child(preference, "Spread"), "SpreadDescriptor");
  if (spread.empty() || preference.size() != 1) return LeavesText(preference);
  return "spread " + spread;
}

std::string PlatformText(const Json& platform) {
  if (!platform.is_object()) return PlainText(platform);
  std::string text = ChildText(platform, "OS");
  const std::string architecture = ChildText(platform, "Architecture");
  if (!architecture.empty()) text += (text.empty() ? "" : "/") + architecture;
  AddWord(text, LeavesText(platform, {"OS", "Architecture"}));
  return text;
}

std::string GenericResourceText(const Json& resource) {
  if (!resource.is_object() || resource.size() != 1) return LeavesText(resource);
  const Json& inner = *resource.begin();
  const std::string value = ChildText(inner, "Value");
  return value.empty() ? LeavesText(resource) : value;
}

std::string NetworkText(const Json& network, const std::map<std::string, std::string>& names) {
  if (!network.is_object()) return PlainText(network);
  const std::string target = ChildText(network, "Target");
  const auto name = names.find(target);
  std::string text = name == names.end() ? target : name->second;
  const std::string aliases = ChildText(network, "Aliases");
  if (!aliases.empty()) AddWord(text, absl::StrCat("(aliases ", aliases, ")"));
  AddWord(text, LeavesText(network, {"Target", "Aliases"}));
  return text;
}

}  // namespace swarmbell
