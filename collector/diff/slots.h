#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "collector/diff/known.h"
#include "collector/diff/summaries.h"

namespace swarmbell {

// One place for a task: a slot of a replicated service or job, a node of a global one.
struct Slot {
  const Task* newest = nullptr;       // the task made last; never null
  const Task* wanted = nullptr;       // the last one that the swarm wants to run, or to complete
  bool runs = false;                  // a task that the swarm wants runs, on a node that is not down
  std::uint32_t failures = 0;         // how many of its tasks failed
  const Task* last_failed = nullptr;  // the one of those made last
};

// The slots for which there are tasks, in their order; tasks that are to be removed do not count.
std::vector<Slot> SlotsOf(const Service& service, const TaskList& tasks, const Known& known);

// How many tasks a service should have and has, slot by slot: two tasks in one do not make up for none in
// another. Only for services that are no jobs. Slots whose task is done, or is a one-shot that failed, are
// wanted no longer.
struct SlotCount {
  std::uint32_t wanted = 0;
  std::uint32_t running = 0;
  std::uint32_t starting = 0;               // have not had all chances of their health check yet
  std::uint32_t unplaced = 0;               // wait for a node, and the service's tasks are known to find none
  std::vector<v1::TaskStateCount> waiting;  // the states of the tasks of the slots that do not run

  bool Lacks() const { return running < wanted; }
};
SlotCount CountSlots(const Service& service, const TaskList& tasks, const Known& known, absl::Time now);

// True if the service, or job, has a task on each node.
bool IsGlobal(const Service& service);

// True if no more tasks are expected in the slot: its task is done, or is a one-shot that failed.
bool IsSettled(const Service& service, const Slot& slot);

// True if all tasks of a one-shot have ended well. The engine pauses an update whose tasks end within the
// monitor time.
bool HasEndedWell(const Service& service, const TaskList& tasks, const Known& known);

// True if two tasks of the service share a slot.
bool ShareSlot(const Service& service, const Task& a, const Task& b);

// True if the task was created after the other, or if the other is null.
bool IsNewer(const Task& task, const Task* than);

// True if the task is wanted and has no node yet.
bool WaitsForNode(const Task& task);

// True if it waits for the one node that it is meant for, and that node takes no tasks yet.
bool WaitsForItsNode(const Task& task, const Known& known);

// True if a container of the task has run (and was healthy, if it has a health check), or has ended.
bool HasRun(const Task& task);

}  // namespace swarmbell
