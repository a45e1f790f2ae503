#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// One step of an update run that is to be reported.
struct RunStep {
  v1::UpdateState previous = v1::UPDATE_STATE_UNSPECIFIED;
  v1::UpdateState current = v1::UPDATE_STATE_UNSPECIFIED;
  bool inferred = false;
};

// True if `status` belongs to another run than `run`. The engine gives each accepted update that replaces
// tasks a new StartedAt; an automatic rollback keeps that of its update, a manual one has its own.
bool IsNewRun(const std::optional<KnownRun>& run, const UpdateStatus& status);

// Returns the steps from the last reported state of a service's update to its present status, in order. Empty
// if the status is the reported one, or is missing: the engine removes it at every accepted update.
std::vector<RunStep> RunSteps(const std::optional<KnownRun>& run, const Service& service);

// True if an update or a rollback is in progress.
bool RunsUpdate(const Service& service);

// True if a run that was reported as failed is over without another one: a user has changed the service, and
// the engine shows no update any longer.
bool IsLeftFailed(const KnownRun& run, const Service& service);

bool IsRollback(v1::UpdateState state);

// The settings of the service's update, or of its rollback if it is in one.
const RunConfig& ConfigOfRun(const Service& service);

// True if the update in progress explains this number of missing tasks: it replaces as many at once, or has
// been reported as stalled. A run that swarm-cronjob starts explains none, because it is not reported as an
// update.
bool UpdateExplains(const Known& known, const Service& service, std::uint32_t missing);

// Returns the changed fields of the run in `state`: an automatic rollback reverts the fields of its update, a
// manual one is a run of its own.
std::vector<v1::FieldChange> FieldsOf(const KnownRun& run, const Service& service, v1::UpdateState state);

// True if the service is in a rollback that the engine started itself.
bool IsAutomaticRollback(const Service& service);

// The tasks of a service as its update or rollback sees them: those created from the template that the run
// leads to ("that fit"), and the others. Borrows its arguments.
class RunTasks {
 public:
  // Only for a service with an update status; `fields` are the changes that the run is about.
  RunTasks(const Service& service, const TaskList& tasks, const std::vector<v1::FieldChange>& fields);

  // True if the run creates this task, or leaves it as it is.
  bool Fits(const Task& task) const;

  // The number of tasks that fit and run.
  std::uint32_t CountUpdated() const;

  // The last of the run's own tasks that failed or cannot be placed; null if there is none.
  const Task* LastTrouble() const { return LastTroubleOf(true); }

  // In an automatic rollback: the last such task of the update that it undoes.
  const Task* LastTroubleOfUpdate() const { return LastTroubleOf(false); }

  // For each state, the number of slots in which a task that fits has reached it; see RunProgress::reached.
  std::vector<std::uint32_t> CountReached() const;

 private:
  bool IsMadeInRun(const Task& task) const;
  const Task* LastTroubleOf(bool that_fit) const;

  const Service& service_;
  const UpdateStatus& status_;
  const TaskList& tasks_;
  const bool only_new_fit_;  // the run is about settings that are not in the tasks' specs
};

}  // namespace swarmbell
