#pragma once

#include <cstdint>
#include <vector>

#include "collector/diff/known.h"
#include "collector/diff/summaries.h"

namespace swarmbell {

// The tasks of a service as its update or rollback sees them: those made from the template that the run leads
// to, and the others. Borrows all that it is given.
class RunTasks {
 public:
  // Only for a service with an update status; `fields` say what the run is about.
  RunTasks(const Service& service, const TaskList& tasks, const std::vector<v1::FieldChange>& fields);

  // True if the run creates this task, or leaves it as it is.
  bool Fits(const Task& task) const;

  // How many tasks that fit run.
  std::uint32_t CountUpdated() const;

  // The last of the run's own tasks that failed or cannot be placed; null if there is none.
  const Task* LastTrouble() const { return LastTroubleOf(true); }

  // In an automatic rollback: the last such task of the update that it undoes.
  const Task* LastTroubleOfUpdate() const { return LastTroubleOf(false); }

  // In how many slots a task that fits is in a state or further, as in RunProgress.
  std::vector<std::uint32_t> CountReached() const;

 private:
  bool IsMadeInRun(const Task& task) const;
  const Task* LastTroubleOf(bool that_fit) const;

  const Service& service_;
  const UpdateStatus& status_;
  const TaskList& tasks_;
  const bool only_new_fit_;  // the tasks' specs do not say what the run is about
};

}  // namespace swarmbell
