#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "collector/snapshot/objects.h"
#include "swarmbell/v1/container_changes.pb.h"
#include "swarmbell/v1/node_changes.pb.h"
#include "swarmbell/v1/service_changes.pb.h"
#include "swarmbell/v1/task_changes.pb.h"

namespace swarmbell {

// The model of a swarm: Service, Node, Task and Container are what is read from the engine, compared with the
// reading before, and stored in Redis (see object_records.cc). They are plain values in which secrets are
// already masked (see masking.h). Objects that did not change between two readings are shared.

// Fingerprints of a service's TaskTemplate, or of the Spec of a task: equal for equal ones (normalised, not
// masked). A task is created from the template that its service has at that time.
struct TemplateFingerprint {
  std::uint64_t whole = 0;  // 0 if there is none
  // Without the Placement. If nothing else differs, the engine keeps the tasks whose nodes still fit.
  std::uint64_t unplaced = 0;

  friend bool operator==(const TemplateFingerprint&, const TemplateFingerprint&) = default;
};

enum class RestartCondition { kAny, kOnFailure, kNone };

// The parts of a service's task template that decide whether a task that does not run is missing.
struct TaskPolicy {
  // When the engine replaces a task that has ended.
  RestartCondition restart = RestartCondition::kAny;
  std::uint64_t max_attempts = 0;  // replacements for each slot; 0 for no limit
  // True if a health check is configured here, not only in the image.
  bool health_check = false;
  // A task that is `starting` for longer than this has used up all attempts of its health check.
  absl::Duration start_grace;
};

// How the engine performs an update, or a rollback, of a service; its defaults where nothing is given.
struct RunConfig {
  std::uint64_t parallelism = 1;              // tasks at once; 0 for all
  absl::Duration delay;                       // how long it waits after a task that runs
  absl::Duration monitor = absl::Seconds(5);  // how long it watches a task that runs
};

// The state of a service's last update run.
struct UpdateStatus {
  v1::UpdateState state = v1::UPDATE_STATE_UNSPECIFIED;
  std::optional<absl::Time> started_at;
  std::optional<absl::Time> completed_at;  // never the year 1970, which 17.05 sends for "none"
  std::string message;
};

struct Service {
  std::string id;
  std::uint64_t version = 0;
  std::string name;
  std::string stack;
  std::map<std::string, std::string> labels;
  std::optional<absl::Time> created_at;
  std::optional<absl::Time> updated_at;
  v1::ServiceMode mode;
  std::string image;
  // From the spec, because comparisons ask for these at each reading of a service's tasks.
  TaskPolicy policy;
  RunConfig update_config;
  RunConfig rollback_config;
  bool publishes_ports = false;
  std::uint64_t job_iteration = 0;  // the run of a job; 0 for the first, and for services that are no jobs
  std::optional<UpdateStatus> update_status;
  // The normalised, masked `Spec` and `PreviousSpec` as compact JSON: null, {} and [] dropped except inside
  // Mode. Empty if absent. The previous one is a patch of the other. They are kept as text, which needs a
  // tenth of the memory of parsed JSON; a change parses each once.
  std::string spec;
  TextPatch previous_spec;
  TemplateFingerprint template_fingerprint;
};

struct Node {
  std::string id;
  std::uint64_t version = 0;
  std::string hostname;
  v1::NodeRole role = v1::NODE_ROLE_UNSPECIFIED;
  v1::NodeAvailability availability = v1::NODE_AVAILABILITY_UNSPECIFIED;
  v1::NodeState state = v1::NODE_STATE_UNSPECIFIED;
  std::string state_message;
  std::string address;
  std::string engine_version;
  std::map<std::string, std::string> labels;
  v1::NodeReachability reachability = v1::NODE_REACHABILITY_UNSPECIFIED;
  bool leader = false;
  std::optional<absl::Time> created_at;
  std::optional<absl::Time> updated_at;
};

// Converts an exit code of the engine to 32 bits. Windows uses all of them, and an engine writes its codes as
// numbers of 2^31 and more. Unset for a code that does not fit.
inline std::optional<std::int32_t> ToExitCode(std::int64_t code) {
  if (code < std::numeric_limits<std::int32_t>::min() || code > std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(code));
}

struct Task {
  std::string id;
  std::uint64_t version = 0;
  SharedText service_id;
  SharedText node_id;
  std::uint64_t slot = 0;  // 0 for tasks of global services
  v1::TaskState state = v1::TASK_STATE_UNSPECIFIED;
  v1::TaskState desired_state = v1::TASK_STATE_UNSPECIFIED;
  SharedText error;
  SharedText message;
  std::optional<std::int32_t> exit_code;  // only of a container that exited
  std::string container_id;
  SharedText image;
  std::optional<absl::Time> state_time;
  std::optional<absl::Time> created_at;
  std::uint64_t job_iteration = 0;  // the run of its job
  TemplateFingerprint spec_fingerprint;
};

// A container on the engine's own node that no service owns.
struct Container {
  std::string id;
  std::string name;
  std::string image;
  std::string state;   // as the engine names it: running, restarting, dead, removing, ...
  std::string status;  // for example `Restarting (1) 3 seconds ago`
  std::map<std::string, std::string> labels;
  std::optional<absl::Time> created_at;
};

// A secret, config or network: no content, only what names it.
struct SharedObject {
  std::string id;
  std::uint64_t version = 0;  // 0 for a network
  std::string name;
  std::map<std::string, std::string> labels;
  std::optional<absl::Time> created_at;  // unset for a network: each engine gives a time of its own
  // A network has these.
  std::string driver;
  bool attachable = false;
  bool internal = false;
  bool of_swarm = true;  // false for a network of the asked engine alone
};

// The settings of the swarm.
struct SwarmSettings {
  std::uint64_t version = 0;
  std::optional<absl::Time> updated_at;
  // Normalised and masked, as compact JSON: `Spec` of /swarm with its neighbours, and `Server`, the engine
  // that gave it. Join tokens and the root certificate are hashes.
  std::string text;
};

// The swarm, and the engine that was asked.
struct SwarmInfo {
  std::string cluster_id;
  std::string cluster_name;  // the swarm's own name
  std::string node_id;
  std::string hostname;
  bool manager = false;  // `ControlAvailable`
  bool locked = false;   // waits for `docker swarm unlock`
};

// A complete listing of each kind that could be read; a kind that could not be read is unset: unknown, not
// empty.
struct Snapshot {
  absl::Time read_time;
  std::optional<Objects<Service>> services;
  std::optional<Objects<Node>> nodes;
  std::optional<Objects<Task>> tasks;
  std::optional<Objects<Container>> containers;
  // These are read only when they may have changed; unset in between.
  std::optional<Objects<SharedObject>> secrets;
  std::optional<Objects<SharedObject>> configs;
  std::optional<Objects<SharedObject>> networks;  // those of the swarm
  std::optional<SwarmSettings> settings;
  // The identifiers of containers that somebody stopped, as far as the engine reported it.
  std::set<std::string> stopped_containers;
  // Names of networks by identifier, as far as known.
  std::map<std::string, std::string> network_names;
  // The `Server` header of the answers: the shape of objects may change when this does.
  std::string server;
};

}  // namespace swarmbell
