#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/diff/known.h"
#include "collector/diff/tasks_by_service.h"
#include "collector/snapshot/snapshot.h"
#include "common/time/proto_time.h"

namespace swarmbell {

// The listings before this reading; unset where there was none or the reading has none.
struct PreviousListings {
  std::optional<Objects<Service>> services;
  std::optional<Objects<Node>> nodes;
  std::optional<Objects<Task>> tasks;
  std::optional<Objects<Container>> containers;
  bool other_engine = false;  // the services came from another engine, or another version of it
};

// One comparison under way. `known` already holds the fresh listings.
struct Comparison {
  Known& known;
  const PreviousListings& before;
  const Snapshot& fresh;
  const DiffContext& context;
  std::vector<v1::ChangeEvent>& events;
  TasksByService tasks_by_service{known};
  // The tasks that CompareTasks() finds to have failed and that nobody has dealt with before.
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
};

// Calls `visit` with each task of the services that are due, in no certain order. Only with fresh tasks.
void ForEachDueTask(Comparison& comparison, absl::FunctionRef<void(const Task&)> visit);

// Calls `visit` with each service that is due and known. Only with known services.
void ForEachDueService(const Comparison& comparison, absl::FunctionRef<void(const Service&)> visit);

// Completes an event, whose details are set, and adds it.
void Tell(Comparison& comparison, const EventHead& head, v1::ChangeEvent event);

// The time as text for identities; exact.
std::string TimeKey(std::optional<absl::Time> time);

// One step for each kind; see Diff() for their order.
void CompareNodes(Comparison& comparison);
void CompareServices(Comparison& comparison);
void CompareProgress(Comparison& comparison);
void CompareShortages(Comparison& comparison);
void CompareTasks(Comparison& comparison);
void CompareJobs(Comparison& comparison);
void CompareUnschedulable(Comparison& comparison);
void CompareContainers(Comparison& comparison);

// Tells the shortages that the listings prove to have lasted when nothing was known before; see Recollect().
void RecollectShortages(Comparison& comparison);

}  // namespace swarmbell
