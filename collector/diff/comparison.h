#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/snapshot.h"
#include "common/time/proto_time.h"

namespace swarmbell {

// The parts of Diff(): what they share while they compare two readings, and the parts themselves.

// Identifies a change: equal on every collector that sees it.
struct ChangeIdentity {
  std::string cluster_id;
  std::string object_id;
  std::string change;  // the name of the field in ChangeEvent.details
  // Distinguishes changes of one name and object if the version does not.
  std::string discriminator;
  std::uint64_t version = 0;  // the object's Version.Index; 0 if it does not identify this change
};

// Returns the first 32 hexadecimal digits of a SHA-256.
std::string EventId(const ChangeIdentity& identity);

// The known tasks of each service. The tasks of all due services are collected when the first of these is
// asked for; the first service that is not due costs one more pass over all tasks. Borrows from `known`,
// whose tasks must not change. One thread.
class TasksByService {
 public:
  explicit TasksByService(const Known& known) : known_(known) {}

  // Empty for a service without tasks. Valid until a service that is not due is asked for.
  const TaskList& Of(const std::string& service_id);

 private:
  void FillDue();
  void FillAll();

  const Known& known_;
  bool has_due_ = false;
  bool has_all_ = false;
  std::unordered_map<std::string_view, TaskList> tasks_;
};

// The lists of the previous reading; unset if there was none or this reading has none.
struct PreviousListings {
  std::optional<Objects<Service>> services;
  std::optional<Objects<Node>> nodes;
  std::optional<Objects<Task>> tasks;
  std::optional<Objects<Container>> containers;
  std::optional<Objects<SharedObject>> secrets;
  std::optional<Objects<SharedObject>> configs;
  std::optional<Objects<SharedObject>> networks;
  std::optional<SwarmSettings> settings;
  bool other_engine = false;  // the services came from another engine, or another version of it
};

// One comparison in progress. `known` already holds the fresh lists.
struct Comparison {
  Known& known;
  const PreviousListings& before;
  const Snapshot& fresh;
  const DiffContext& context;
  std::vector<v1::ChangeEvent>& events;
  TasksByService tasks_by_service{known};
  // The tasks that CompareTasks() found to have failed, and that were not handled before.
  std::unordered_set<const Task*> fallen = {};
};

// The part that all changes of one object share.
struct EventHead {
  v1::Action action = v1::ACTION_UPDATED;
  v1::ResourceRef resource;
  std::uint64_t previous_version = 0;
  std::uint64_t current_version = 0;
  std::optional<absl::Time> occur_time;
  // See ChangeIdentity.
  std::string discriminator;
  std::uint64_t identity_version = 0;
  // See ChangeEvent.
  std::optional<v1::ChangeOrigin> origin = std::nullopt;
  bool can_roll_back = false;
};

// For a change of a service's state, which has no version and no time of its own.
EventHead ServiceStateHead(const Service& service, std::string discriminator);

// Sets what a failure of a service's tasks says of the service: the revision that runs, and whether a
// rollback can undo a recent update.
void SetRunning(const Comparison& comparison, const Service& service, EventHead& head);

// Completes an event whose details are set, and adds it to the comparison's events.
void EmitEvent(Comparison& comparison, const EventHead& head, v1::ChangeEvent event);

// Returns the time as text for identities; exact. Empty if unset.
std::string TimeKey(std::optional<absl::Time> time);

// Returns the time of the reading as text for the identity of a change that the engine gives no version: a
// change that repeats within a few minutes counts as the same change.
std::string UnversionedKey(const Comparison& comparison);

// Calls `visit` with each task of the due services, in any order. Requires fresh tasks.
void ForEachDueTask(Comparison& comparison, absl::FunctionRef<void(const Task&)> visit);

// Calls `visit` with each known service that is due. Requires known services.
void ForEachDueService(const Comparison& comparison, absl::FunctionRef<void(const Service&)> visit);

// One step for each kind of change; Diff() defines their order.
void CompareNodes(Comparison& comparison);
void CompareServices(Comparison& comparison);
void CompareSharedObjects(Comparison& comparison);
void CompareSwarmSettings(Comparison& comparison);
void CompareProgress(Comparison& comparison);
void CompareTasks(Comparison& comparison);
void CompareJobs(Comparison& comparison);
void CompareUnschedulable(Comparison& comparison);
// A task that finds no node is shown by another alert: it needs none of its own for the same reasons.
void RememberUnschedulable(Known& known, const Task& task);
void CompareShortages(Comparison& comparison);
void CompareContainers(Comparison& comparison);

// Emits how the spec of one service differs, then the steps of its update or rollback since the last reading.
void CompareService(Comparison& comparison, const Service& before, const Service& now);

// Emits what a change of a service's task template, which `head` is of, means besides its fields. The specs
// are parsed.
void EmitTemplateMeaning(Comparison& comparison, const EventHead& head, const nlohmann::json& before,
                         const nlohmann::json& now);

// The managers, by the last reachability of each that counted.
v1::ManagerCount CountManagers(const Known& known);

// True if managers are unreachable and the swarm stands still if it loses one more.
bool IsQuorumInDanger(const v1::ManagerCount& count);

// Emits that the quorum came into danger, or no longer is, after the nodes were compared.
void CompareQuorum(Comparison& comparison, bool was_in_danger);

// Emits that the quorum is not in danger.
void EmitQuorumSafe(Comparison& comparison, std::string discriminator);

// When a shortage of a service with these tasks began, by the engine's times; the same on every collector.
std::string ShortageEpisode(const TaskList& tasks);

// Emits the shortages that a first reading proves to have lasted; see Recollect().
void RecollectShortages(Comparison& comparison);

}  // namespace swarmbell
