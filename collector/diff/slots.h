#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Where a service's tasks run, and which of them are missing. Some services have tasks that are meant to end.

// True if the service runs its tasks once although the engine does not call it a job: restart condition
// `none`.
bool IsOneShot(const Service& service);

// True for jobs and one-shots: a task that fails is a failed run, not a crash.
bool RunsOnce(const Service& service);

// True if the task has succeeded and no other task will replace it. False for a task that was not meant to
// end (it served others or ran for long), although with the restart condition `on-failure` the engine does
// not replace it either.
bool IsDone(const Service& service, const Task& task);

// One place for a task: a slot of a replicated service or job, a node of a global one.
struct Slot {
  const Task* newest = nullptr;       // the task made last; never null
  const Task* wanted = nullptr;       // the last one that the swarm wants to run, or to complete
  bool runs = false;                  // a task that the swarm wants runs, on a node that is not down
  std::uint32_t failures = 0;         // how many of its tasks failed
  const Task* last_failed = nullptr;  // the one of those made last
};

// Returns the slots that have tasks, in ascending order; tasks that will be removed do not count.
std::vector<Slot> SlotsOf(const Service& service, const TaskList& tasks, const Known& known);

// How many tasks a service should have and has, slot by slot: two tasks in one slot do not compensate for
// none in another. Slots whose task is done, or is a one-shot that failed, are no longer wanted.
struct SlotCount {
  std::uint32_t wanted = 0;
  std::uint32_t running = 0;
  std::uint32_t starting = 0;               // have not used up all attempts of their health check yet
  std::uint32_t unplaced = 0;               // wait for a node, and it was reported that they find none
  std::vector<v1::TaskStateCount> waiting;  // the states of the tasks of the slots that do not run

  bool Lacks() const { return running < wanted; }
};
// Only for services that are no jobs. `now` decides which tasks still have attempts of their health check;
// without it none is starting.
SlotCount CountSlots(const Service& service, const TaskList& tasks, const Known& known,
                     absl::Time now = absl::InfiniteFuture());

// Returns the counts as a list, in the order of the states.
std::vector<v1::TaskStateCount> StateCounts(const std::map<v1::TaskState, std::uint32_t>& states);

// True if the service, or job, has a task on each node.
bool IsGlobal(const Service& service);

// True if no more tasks are expected in the slot: its task is done, or is a one-shot that failed.
bool IsSettled(const Service& service, const Slot& slot);

// True if all tasks of a one-shot have succeeded. The engine pauses an update whose tasks end within the
// monitor time.
bool HasEndedWell(const Service& service, const TaskList& tasks, const Known& known);

// True if two tasks of the service share a slot.
bool ShareSlot(const Service& service, const Task& a, const Task& b);

// True if the task was created after the other, or if the other is null.
bool IsNewer(const Task& task, const Task* than);

// True if the task is wanted and has no node yet.
bool WaitsForNode(const Task& task);

// True if it waits for the one node that it must run on, and that node does not accept tasks yet.
bool WaitsForItsNode(const Task& task, const Known& known);

// True if a container of the task has run (and was healthy, if it has a health check), or has ended.
bool HasRun(const Task& task);

}  // namespace swarmbell
