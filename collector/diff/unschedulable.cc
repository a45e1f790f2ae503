// Tasks that find no node: held for a moment, and reported once for each of the scheduler's reasons.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

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

// The nodes that this reading reports as down: when each went away.
using LostNodes = std::map<std::string, absl::Time>;

LostNodes LostNodesOf(const std::vector<v1::ChangeEvent>& events) {
  LostNodes lost;
  for (const v1::ChangeEvent& event : events) {
    const v1::NodeStateChanged& change = event.node_state_changed();
    if (change.current_state() != v1::NODE_STATE_DOWN || !change.has_start_time()) continue;
    lost.emplace(event.resource().id(), FromProto(change.start_time()));
  }
  return lost;
}

// True if a task waited at the last reading, too, since its service lost a node that is reported now: the
// hold of the node is over, and both are one story.
bool WaitsSinceLoss(const TaskList& tasks, absl::Time since, absl::Time now, const LostNodes& lost) {
  if (lost.empty() || since >= now) return false;
  return std::any_of(tasks.begin(), tasks.end(), [&](const Task* task) {
    const auto node = lost.find(task->node_id.str());
    return node != lost.end() && since >= node->second;
  });
}

// True if the service's tasks have waited long enough to be reported.
bool HasWaited(Comparison& comparison, const std::string& service_id, const LostNodes& lost) {
  const absl::Time now = comparison.fresh.read_time;
  const absl::Time since = comparison.known.held_unschedulable.try_emplace(service_id, now).first->second;
  return now - since >= LongestHold(comparison.context) ||
         WaitsSinceLoss(comparison.tasks_by_service.Of(service_id), since, now, lost);
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
  const LostNodes lost = LostNodesOf(comparison.events);
  std::set<std::string> held;
  for (const auto& [views, tasks] : waiting) {
    const Key key(views);
    const Service* service = FindService(known, key.first);
    if ((service == nullptr && !baseline) || !IsNew(known.unschedulable, key)) continue;
    if (!baseline && !HasWaited(comparison, key.first, lost)) {
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
