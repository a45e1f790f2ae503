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

// True if `status` belongs to another run than `run`. The engine gives each accepted update that replaces
// tasks a new StartedAt; an automatic rollback keeps that of its update, a manual one has its own.
bool IsNewRun(const std::optional<KnownRun>& run, const UpdateStatus& status);

// The steps from what was told of a service's update to its present status, in order. A status that repeats
// what was told gives none; neither does its absence: the engine removes it at every accepted update.
std::vector<RunStep> RunSteps(const std::optional<KnownRun>& run, const Service& service);

// True if an update or a rollback is in progress.
bool RunsUpdate(const Service& service);

bool IsRollback(v1::UpdateState state);

// How the engine goes about the service's update, or its rollback if it is in one.
struct RunConfig {
  std::uint64_t parallelism = 1;              // tasks at once; 0 for all
  absl::Duration delay;                       // how long it waits after a task that runs
  absl::Duration monitor = absl::Seconds(5);  // how long it watches a task that runs
};
RunConfig ConfigOfRun(const Service& service);

// True if the update in progress explains this number of missing tasks: it replaces as many at once, or has
// been reported as stalled. A run that swarm-cronjob starts explains none, because it is not reported as an
// update.
bool UpdateExplains(const Known& known, const Service& service, std::uint32_t missing);

// The changed fields of the run in `state`: an automatic rollback reverts the fields of its update, a manual
// one is a run of its own.
std::vector<v1::FieldChange> FieldsOf(const KnownRun& run, const Service& service, v1::UpdateState state);

// True if the service is in a rollback that the engine started by itself.
bool IsAutomaticRollback(const Service& service);

}  // namespace swarmbell
