#include "collector/diff/field_terms.h"

#include <array>
#include <map>

namespace swarmbell {
namespace {

using enum FieldForm;

#define CONTAINER "TaskTemplate.ContainerSpec."
#define RESOURCES "TaskTemplate.Resources."
#define PLACEMENT "TaskTemplate.Placement."

// As docker's own command line and reference name them, in the order of interest.
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
};

#undef CONTAINER
#undef RESOURCES
#undef PLACEMENT

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

}  // namespace swarmbell
