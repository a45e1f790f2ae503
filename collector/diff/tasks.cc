// Tasks that fail, that have to leave their node, or that no node can run.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "collector/diff/comparison.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/objects.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

bool IsDown(const Node* node) { return node != nullptr && node->state == v1::NODE_STATE_DOWN; }

bool WasStopped(const Comparison& comparison, const Task& task) {
  const Task* before = Find(comparison.before.tasks, task.id);
  return before != nullptr && !IsWanted(*before);
}

// Why a task that failed, was rejected or is orphaned had to leave its node without a fault of its own;
// unspecified if it did not have to.
//
// The managers stop the tasks of a node that is down. When the node is back, it reports how they ended: most
// with the code 255, which no program returned. A task that failed before it was stopped has failed.
v1::EvictionReason WhyEvicted(const Comparison& comparison, const Task& task) {
  if (LostConstraints(task)) return v1::EVICTION_REASON_CONSTRAINTS;
  if (task.state == v1::TASK_STATE_ORPHANED) return v1::EVICTION_REASON_NODE_GONE;
  const Node* node = Find(comparison.known.nodes, task.node_id);
  if (node != nullptr && node->availability == v1::NODE_AVAILABILITY_DRAIN) {
    return v1::EVICTION_REASON_DRAINED;
  }
  const bool was_away = IsDown(node) || IsDown(Find(comparison.before.nodes, task.node_id));
  const bool gone = was_away && WasStopped(comparison, task);
  return gone ? v1::EVICTION_REASON_NODE_GONE : v1::EVICTION_REASON_UNSPECIFIED;
}

// True if the task ended although the swarm wanted it to run.
bool HasFallen(const Task& task) {
  return HasFailed(task) || LostConstraints(task) || task.state == v1::TASK_STATE_ORPHANED;
}

// The engine sets the desired state of a failed task to shutdown, so only an earlier reading shows whether
// the task was stopped.
bool WasStopping(const Task* before) {
  return before != nullptr && !HasFallen(*before) &&
         (before->desired_state == v1::TASK_STATE_SHUTDOWN || before->desired_state == v1::TASK_STATE_REMOVE);
}

EventHead TaskHead(const Comparison& comparison, const Task& task, const Service& service) {
  const Task* before = Find(comparison.before.tasks, task.id);
  EventHead head;
  head.resource = TaskResource(task, &service);
  head.previous_version = before == nullptr ? 0 : before->version;
  head.current_version = task.version;
  head.occur_time = task.state_time;
  return head;
}

void EmitFailed(Comparison& comparison, const Task& task, const Service& service) {
  if (RunsOnce(service)) return;  // CompareJobs() reports failed runs instead
  const Task* before = Find(comparison.before.tasks, task.id);
  EventHead head = TaskHead(comparison, task, service);
  head.discriminator = v1::TaskState_Name(task.state);
  // A task of an earlier template runs another revision.
  const bool present = task.spec_fingerprint.unplaced == service.template_fingerprint.unplaced;
  if (present) SetRunning(comparison, service, head);
  v1::ChangeEvent event;
  auto& failed = *event.mutable_task_failed();
  if (before != nullptr) failed.set_previous_state(before->state);
  failed.set_current_state(task.state);
  *failed.mutable_task() = SummarizeTask(task, comparison.known);
  failed.set_stopping(WasStopping(before));
  EmitEvent(comparison, head, std::move(event));
}

void EmitEvicted(Comparison& comparison, const Task& task, const Service& service,
                 v1::EvictionReason reason) {
  v1::ChangeEvent event;
  auto& evicted = *event.mutable_task_evicted();
  *evicted.mutable_task() = SummarizeTask(task, comparison.known);
  evicted.set_reason(reason);
  EmitEvent(comparison, TaskHead(comparison, task, service), std::move(event));
}

// The change of a node that is drained or gone already implies that its tasks leave.
void EmitEnd(Comparison& comparison, const Task& task, const Service& service) {
  const v1::EvictionReason reason = WhyEvicted(comparison, task);
  if (reason == v1::EVICTION_REASON_UNSPECIFIED) return EmitFailed(comparison, task, service);
  if (reason == v1::EVICTION_REASON_CONSTRAINTS) EmitEvicted(comparison, task, service, reason);
}

bool IsHandled(const Known& known, const Task& task) {
  const auto found = known.failed_tasks.find(task.id);
  return found != known.failed_tasks.end() && found->second == task.state;
}

// The order in which the managers received it: the clocks of the nodes may differ.
bool FellEarlier(const Task* a, const Task* b) {
  return std::tie(a->version, a->id) < std::tie(b->version, b->id);
}

// Replaces the handled tasks of due services; those of other services are unchanged.
void KeepHandled(Comparison& comparison, std::map<std::string, v1::TaskState> handled) {
  std::map<std::string, v1::TaskState>& known = comparison.known.failed_tasks;
  if (comparison.known.due.all) {
    known = std::move(handled);
    return;
  }
  if (!known.empty()) {
    ForEachDifference(*comparison.before.tasks, *comparison.fresh.tasks, [&](const Task* old, const Task*) {
      if (old != nullptr) known.erase(old->id);
    });
  }
  known.merge(handled);
}

using Key = std::pair<std::string, std::string>;

// Separates the scheduler's reasons: `no suitable node (insufficient resources on 2 nodes; 1 node not
// available for new tasks)` names that of most nodes first.
constexpr char kReasonSeparator[] = "; ";

std::string WithoutNumbers(const std::string& text) {
  std::string words;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) {
      words.push_back(c);
    } else if (!words.ends_with('#')) {
      words.push_back('#');
    }
  }
  return absl::StrReplaceAll(words, {{"# nodes", "# node"}});
}

// The scheduler's reasons without the parts that change while the cause stays: the counts of nodes, and the
// order that follows from them.
std::string Words(const std::string& error) {
  std::string words = WithoutNumbers(error);
  const std::size_t open = words.find('(');
  if (open == std::string::npos || !words.ends_with(')')) return words;
  std::vector<std::string> reasons =
      absl::StrSplit(words.substr(open + 1, words.size() - open - 2), kReasonSeparator);
  std::sort(reasons.begin(), reasons.end());
  return absl::StrJoin(reasons, kReasonSeparator);
}

// Caches the words of each error: most tasks wait for the same reason.
class WordsOfErrors {
 public:
  const std::string& Of(const std::string& error) {
    const auto [known, is_new] = words_.try_emplace(error);
    if (is_new) known->second = Words(error);
    return known->second;
  }

 private:
  std::unordered_map<std::string_view, std::string> words_;
};

// The tasks of one service that wait for one reason, or several at once.
struct Waiting {
  const Task* oldest = nullptr;
  std::uint32_t count = 0;
};

void Count(const Task& task, Waiting& waiting) {
  ++waiting.count;
  if (waiting.oldest == nullptr || IsNewer(*waiting.oldest, &task)) waiting.oldest = &task;
}

void EmitUnschedulable(Comparison& comparison, const Waiting& waiting, const std::string& words,
                       const Service& service) {
  const Task& task = *waiting.oldest;
  EventHead head;
  head.resource = TaskResource(task, &service);
  head.current_version = task.version;
  head.occur_time = task.state_time;
  head.discriminator = words;
  SetRunning(comparison, service, head);
  v1::ChangeEvent event;
  *event.mutable_task_unschedulable()->mutable_task() = SummarizeTask(task, comparison.known);
  event.mutable_task_unschedulable()->set_tasks(waiting.count);
  EmitEvent(comparison, head, std::move(event));
  // The end of the shortage is reported as the end of this.
  auto& shortages = comparison.known.shortages;
  const auto known = shortages.find(service.id);
  if (known != shortages.end()) {
    known->second.unschedulable = true;
    return;
  }
  const std::string episode = ShortageEpisode(comparison.tasks_by_service.Of(service.id));
  shortages.emplace(
      service.id,
      KnownShortage{.since = comparison.fresh.read_time, .episode = episode, .unschedulable = true});
}

// The services with a task that still waits, for any reason.
using Services = std::unordered_set<std::string_view>;

// Forgets the reported reasons of due services that no longer have a waiting task.
void Forget(Known& known, const Services& waiting) {
  std::set<Key>& reported = known.unschedulable;
  if (known.due.all) std::erase_if(reported, [&](const Key& key) { return !waiting.contains(key.first); });
  if (known.due.all) return;
  for (const std::string& id : known.due.ids) {
    if (waiting.contains(id)) continue;
    for (auto at = reported.lower_bound({id, ""}); at != reported.end() && at->first == id;)
      at = reported.erase(at);
  }
}

std::vector<Key> Reasons(const Key& service_and_words) {
  std::vector<Key> reasons;
  for (const absl::string_view reason : absl::StrSplit(service_and_words.second, kReasonSeparator)) {
    reasons.emplace_back(service_and_words.first, std::string(reason));
  }
  return reasons;
}

// True if one of the reasons has not been reported yet.
bool IsNew(const std::set<Key>& reported, const Key& service_and_words) {
  const std::vector<Key> reasons = Reasons(service_and_words);
  return std::any_of(reasons.begin(), reasons.end(), [&](const Key& key) { return !reported.contains(key); });
}

// A node that is back, or ready, immediately receives the tasks that waited for it. The hold is not longer
// than that of a shortage, because otherwise the shortage would be reported instead.
absl::Duration LongestHold(const DiffContext& context) {
  return std::min(context.node_down_after, context.degraded_after);
}

// When the nodes went away that this reading reports as down; infinite future without one.
absl::Time LostSince(const std::vector<v1::ChangeEvent>& events) {
  absl::Time since = absl::InfiniteFuture();
  for (const v1::ChangeEvent& event : events) {
    const v1::NodeStateChanged& change = event.node_state_changed();
    if (change.current_state() != v1::NODE_STATE_DOWN || !change.has_start_time()) continue;
    since = std::min(since, FromProto(change.start_time()));
  }
  return since;
}

// True if the service's tasks have waited long enough to be reported: for the hold, or since a node went away
// that is reported now, after a hold of its own.
bool HasWaited(Comparison& comparison, const std::string& service_id, absl::Time lost_since) {
  const absl::Time now = comparison.fresh.read_time;
  const absl::Time since = comparison.known.held_unschedulable.try_emplace(service_id, now).first->second;
  return since >= lost_since || now - since >= LongestHold(comparison.context);
}

// Forgets the due services that are no longer held.
void ForgetHeld(Known& known, const std::set<std::string>& held) {
  std::erase_if(known.held_unschedulable, [&](const auto& entry) {
    const bool due = known.due.all || known.due.ids.contains(entry.first);
    return due && !held.contains(entry.first);
  });
}

void Remember(Known& known, const Key& service_and_words) {
  for (Key& reason : Reasons(service_and_words)) known.unschedulable.insert(std::move(reason));
}

}  // namespace

void CompareTasks(Comparison& comparison) {
  Known& known = comparison.known;
  const bool baseline = !comparison.before.tasks;
  std::map<std::string, v1::TaskState> handled;
  TaskList fallen;
  ForEachDueTask(comparison, [&](const Task& task) {
    if (!HasFallen(task)) return;
    if (baseline || IsHandled(known, task)) {
      handled[task.id] = task.state;
    } else if (FindService(known, task.service_id) != nullptr) {
      // Tasks of unknown services wait, because the service may be in the next reading. Those of removed
      // services may stay in the list for ever.
      handled[task.id] = task.state;
      fallen.push_back(&task);
    }
  });
  KeepHandled(comparison, std::move(handled));
  std::sort(fallen.begin(), fallen.end(), FellEarlier);
  comparison.fallen.insert(fallen.begin(), fallen.end());
  for (const Task* task : fallen) EmitEnd(comparison, *task, *FindService(known, task->service_id));
}

void CompareUnschedulable(Comparison& comparison) {
  Known& known = comparison.known;
  const bool baseline = !comparison.before.tasks;
  WordsOfErrors words;
  std::map<std::pair<std::string_view, std::string_view>, Waiting> waiting;
  Services services;
  ForEachDueTask(comparison, [&](const Task& task) {
    if (WaitsForNode(task)) services.insert(task.service_id.str());
    const bool counts = IsUnschedulable(task) && !WaitsForItsNode(task, known);
    if (counts) Count(task, waiting[{task.service_id.str(), words.Of(task.error)}]);
  });
  Forget(known, services);
  const absl::Time lost_since = LostSince(comparison.events);
  std::set<std::string> held;
  for (const auto& [views, tasks] : waiting) {
    const Key key(views);
    const Service* service = FindService(known, key.first);
    if ((service == nullptr && !baseline) || !IsNew(known.unschedulable, key)) continue;
    if (!baseline && !HasWaited(comparison, key.first, lost_since)) {
      held.insert(key.first);
      continue;
    }
    if (!baseline) EmitUnschedulable(comparison, tasks, key.second, *service);
    Remember(known, key);
  }
  ForgetHeld(known, held);
}

void RememberUnschedulable(Known& known, const Task& task) {
  Remember(known, {task.service_id.str(), Words(task.error)});
}

}  // namespace swarmbell
