#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "collector/diff/known.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// One step of an update run that is to be told.
struct RunStep {
  v1::UpdateState previous = v1::UPDATE_STATE_UNSPECIFIED;
  v1::UpdateState current = v1::UPDATE_STATE_UNSPECIFIED;
  bool inferred = false;
};

// Whether `status` belongs to another run than `run`. The engine gives each accepted update that replaces
// tasks a new StartedAt; an automatic rollback keeps that of its update, a manual one has its own.
bool IsNewRun(const std::optional<KnownRun>& run, const UpdateStatus& status);

// The steps from what was told of a service's update to its present status, in order. A status that repeats
// what was told gives none; neither does its absence: the engine removes it at every accepted update.
std::vector<RunStep> RunSteps(const std::optional<KnownRun>& run, const Service& service);

// Whether an update or a rollback is under way.
bool RunsUpdate(const Service& service);

bool IsRollback(v1::UpdateState state);

// How the engine goes about the service's update, or its rollback if it is in one.
struct RunConfig {
  std::uint64_t parallelism = 1;              // tasks at once; 0 for all
  absl::Duration delay;                       // how long it waits after a task that runs
  absl::Duration monitor = absl::Seconds(5);  // how long it watches a task that runs
};
RunConfig ConfigOfRun(const Service& service);

// Whether the update that goes on accounts for so many missing tasks: it replaces as many at once, or has
// been reported as stalled. A run that swarm-cronjob starts explains none: nobody is told of it as an update.
bool UpdateExplains(const Known& known, const Service& service, std::uint32_t missing);

// What the run is about, as it is in `state`: an automatic rollback undoes what its run began with, a manual
// one is a run of its own.
std::vector<v1::FieldChange> FieldsOf(const KnownRun& run, const Service& service, v1::UpdateState state);

// Whether the service is in a rollback that nobody asked for.
bool IsAutomaticRollback(const Service& service);

}  // namespace swarmbell
