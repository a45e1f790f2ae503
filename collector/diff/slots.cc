#include "collector/diff/slots.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace swarmbell {
namespace {

// A one-shot that may be retried pulls its image and does its work within this time; a task that has run
// longer was not meant to end.
constexpr absl::Duration kLongRun = absl::Minutes(10);

bool RanForLong(const Task& task) {
  return task.created_at && task.state_time && *task.state_time - *task.created_at >= kLongRun;
}

const Node* NodeOf(const Task& task, const Known& known) { return Find(known.nodes, task.node_id); }

bool RunsWanted(const Task& task, const Known& known) {
  if (task.state != v1::TASK_STATE_RUNNING || task.desired_state != v1::TASK_STATE_RUNNING) return false;
  const Node* node = NodeOf(task, known);
  return node == nullptr || node->state != v1::NODE_STATE_DOWN;
}

bool AcceptsTasks(const Node* node) {
  return node != nullptr && node->state == v1::NODE_STATE_READY &&
         node->availability == v1::NODE_AVAILABILITY_ACTIVE;
}

bool HasEnded(const Task& task) {
  return task.state == v1::TASK_STATE_COMPLETE || task.state == v1::TASK_STATE_FAILED ||
         task.state == v1::TASK_STATE_REJECTED;
}

using SlotKey = std::pair<std::uint64_t, std::string_view>;

SlotKey KeyOf(const Task& task, bool global) {
  return global ? SlotKey(0, task.node_id.str()) : SlotKey(task.slot, "");
}

void AddTask(const Task& task, const Known& known, Slot& slot) {
  const bool wanted = IsWanted(task) ||
                      (task.desired_state == v1::TASK_STATE_COMPLETE && task.state <= v1::TASK_STATE_RUNNING);
  if (IsNewer(task, slot.newest)) slot.newest = &task;
  if (wanted && IsNewer(task, slot.wanted)) slot.wanted = &task;
  slot.runs |= RunsWanted(task, known);
  if (!HasFailed(task)) return;
  ++slot.failures;
  if (IsNewer(task, slot.last_failed)) slot.last_failed = &task;
}

// The clock of the task's node may be wrong: the task has not begun to start before it was created, or after
// now.
bool IsStartingInTime(const Task& task, const Service& service, absl::Time now) {
  if (task.state != v1::TASK_STATE_STARTING) return false;
  const absl::Time since =
      std::min(now, std::max(task.state_time.value_or(now), task.created_at.value_or(absl::InfinitePast())));
  return now - since <= service.policy.start_grace;
}

bool IsReportedUnschedulable(const Known& known, const std::string& service_id) {
  const auto reported = known.unschedulable.lower_bound({service_id, ""});
  return reported != known.unschedulable.end() && reported->first == service_id;
}

class SlotCounter {
 public:
  SlotCounter(const Service& service, const Known& known, absl::Time now)
      : service_(service),
        known_(known),
        now_(now),
        found_no_node_(IsReportedUnschedulable(known, service.id)) {}

  SlotCount Count(const std::vector<Slot>& slots) {
    std::uint64_t settled = 0;
    for (const Slot& slot : slots) {
      if (IsSettled(service_, slot)) {
        ++settled;
      } else {
        Add(slot);
      }
    }
    const std::uint64_t replicas = service_.mode.replicas();
    const std::uint64_t wanted = IsGlobal(service_) ? nodes_ : replicas - std::min(settled, replicas);
    count_.wanted = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(wanted, std::numeric_limits<std::uint32_t>::max()));
    count_.waiting = StateCounts(states_);
    return std::move(count_);
  }

 private:
  void Add(const Slot& slot) {
    if (slot.runs) {
      ++nodes_;
      ++count_.running;
    } else if (slot.wanted != nullptr) {
      if (!WaitsForItsNode(*slot.wanted, known_)) ++nodes_;
      AddWaiting(*slot.wanted);
    } else if (HasEnded(*slot.newest)) {
      // A node that accepts tasks had one, which the engine does not replace.
      const bool given_up =
          service_.policy.restart == RestartCondition::kOnFailure || service_.policy.max_attempts > 0;
      if (given_up && AcceptsTasks(NodeOf(*slot.newest, known_))) ++nodes_;
      ++states_[slot.newest->state];
    }
  }

  void AddWaiting(const Task& task) {
    if (task.state == v1::TASK_STATE_RUNNING) return;  // on a node that is down
    ++states_[task.state];
    if (IsStartingInTime(task, service_, now_)) ++count_.starting;
    if (found_no_node_ && WaitsForNode(task)) ++count_.unplaced;
  }

  const Service& service_;
  const Known& known_;
  const absl::Time now_;
  const bool found_no_node_;
  SlotCount count_;
  std::uint64_t nodes_ = 0;  // that should have a task
  std::map<v1::TaskState, std::uint32_t> states_;
};

}  // namespace

bool IsOneShot(const Service& service) {
  return !IsJob(service) && service.policy.restart == RestartCondition::kNone;
}

bool RunsOnce(const Service& service) { return IsJob(service) || IsOneShot(service); }

bool IsDone(const Service& service, const Task& task) {
  if (task.state != v1::TASK_STATE_COMPLETE) return false;
  if (RunsOnce(service)) return true;
  if (service.policy.restart != RestartCondition::kOnFailure) return false;
  return !RanForLong(task) && !service.policy.health_check && !service.publishes_ports;
}

std::vector<Slot> SlotsOf(const Service& service, const TaskList& tasks, const Known& known) {
  const bool global = IsGlobal(service);
  std::vector<std::pair<SlotKey, const Task*>> by_slot;
  by_slot.reserve(tasks.size());
  for (const Task* task : tasks) {
    if (task->desired_state != v1::TASK_STATE_REMOVE) by_slot.emplace_back(KeyOf(*task, global), task);
  }
  std::sort(by_slot.begin(), by_slot.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Slot> slots;
  for (auto at = by_slot.begin(); at != by_slot.end(); ++at) {
    if (at == by_slot.begin() || at->first != std::prev(at)->first) slots.emplace_back();
    AddTask(*at->second, known, slots.back());
  }
  return slots;
}

std::vector<v1::TaskStateCount> StateCounts(const std::map<v1::TaskState, std::uint32_t>& states) {
  std::vector<v1::TaskStateCount> counts;
  for (const auto& [state, tasks] : states) {
    v1::TaskStateCount& count = counts.emplace_back();
    count.set_state(state);
    count.set_tasks(tasks);
  }
  return counts;
}

SlotCount CountSlots(const Service& service, const TaskList& tasks, const Known& known, absl::Time now) {
  return SlotCounter(service, known, now).Count(SlotsOf(service, tasks, known));
}

bool IsGlobal(const Service& service) {
  return service.mode.kind() == v1::SERVICE_MODE_KIND_GLOBAL ||
         service.mode.kind() == v1::SERVICE_MODE_KIND_GLOBAL_JOB;
}

bool IsSettled(const Service& service, const Slot& slot) {
  if (slot.runs || slot.wanted != nullptr) return false;
  return IsDone(service, *slot.newest) || (IsOneShot(service) && HasFailed(*slot.newest));
}

bool HasEndedWell(const Service& service, const TaskList& tasks, const Known& known) {
  const std::vector<Slot> slots = SlotsOf(service, tasks, known);
  return IsOneShot(service) && !slots.empty() &&
         std::all_of(slots.begin(), slots.end(), [&](const Slot& slot) {
           return slot.wanted == nullptr && IsDone(service, *slot.newest);
         });
}

bool ShareSlot(const Service& service, const Task& a, const Task& b) {
  return IsGlobal(service) ? a.node_id == b.node_id : a.slot == b.slot;
}

bool IsNewer(const Task& task, const Task* than) {
  return than == nullptr || std::tie(task.created_at, task.id) > std::tie(than->created_at, than->id);
}

bool WaitsForNode(const Task& task) {
  const bool wanted = IsWanted(task) || task.desired_state == v1::TASK_STATE_COMPLETE;
  return wanted && task.state != v1::TASK_STATE_UNSPECIFIED && task.state <= v1::TASK_STATE_PENDING;
}

bool WaitsForItsNode(const Task& task, const Known& known) {
  return !task.node_id.empty() && WaitsForNode(task) && !AcceptsTasks(NodeOf(task, known));
}

bool HasRun(const Task& task) {
  return task.state == v1::TASK_STATE_RUNNING || task.state == v1::TASK_STATE_COMPLETE ||
         task.exit_code.has_value();
}

}  // namespace swarmbell
