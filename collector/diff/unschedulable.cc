// Tasks that no node can take.

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

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "collector/diff/comparison.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"

namespace swarmbell {
namespace {

using Key = std::pair<std::string, std::string>;

// Tells the scheduler's reasons apart: `no suitable node (insufficient resources on 2 nodes; 1 node not
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

// The scheduler's reasons without what changes while the trouble stays: counts of nodes, and the order that
// follows from them.
std::string Words(const std::string& error) {
  std::string words = WithoutNumbers(error);
  const std::size_t open = words.find('(');
  if (open == std::string::npos || !words.ends_with(')')) return words;
  std::vector<std::string> reasons =
      absl::StrSplit(words.substr(open + 1, words.size() - open - 2), kReasonSeparator);
  std::sort(reasons.begin(), reasons.end());
  return absl::StrJoin(reasons, kReasonSeparator);
}

// Most tasks that wait do so for the same reason.
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
  const bool older =
      waiting.oldest == nullptr ||
      std::tie(task.created_at, task.id) < std::tie(waiting.oldest->created_at, waiting.oldest->id);
  if (older) waiting.oldest = &task;
}

void TellUnschedulable(Comparison& comparison, const Waiting& waiting, const std::string& words,
                       const Service& service) {
  const Task& task = *waiting.oldest;
  EventHead head;
  head.resource = TaskResource(task, &service);
  head.current_version = task.version;
  head.occur_time = task.state_time;
  head.discriminator = words;
  v1::ChangeEvent event;
  *event.mutable_task_unschedulable()->mutable_task() = SummarizeTask(task, comparison.known);
  event.mutable_task_unschedulable()->set_tasks(waiting.count);
  Tell(comparison, head, std::move(event));
}

// Those with a task that still waits, whatever the scheduler says now.
using Services = std::unordered_set<std::string_view>;

// Forgets the reported reasons of due services that no longer have a waiting task.
void Forget(Known& known, const Services& waiting) {
  std::set<Key>& told = known.unschedulable;
  if (known.due.all) std::erase_if(told, [&](const Key& key) { return !waiting.contains(key.first); });
  if (known.due.all) return;
  for (const std::string& id : known.due.ids) {
    if (waiting.contains(id)) continue;
    for (auto at = told.lower_bound({id, ""}); at != told.end() && at->first == id;) at = told.erase(at);
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
bool IsNew(const std::set<Key>& told, const Key& service_and_words) {
  const std::vector<Key> reasons = Reasons(service_and_words);
  return std::any_of(reasons.begin(), reasons.end(), [&](const Key& key) { return !told.contains(key); });
}

// A node that is back, or ready, at once takes the tasks that waited for it. Longer than a shortage they are
// not held, or the shortage would be told instead.
absl::Duration LongestHold(const DiffContext& context) {
  return std::min(context.node_down_after, context.degraded_after);
}

// True if the service's tasks have waited long enough to be reported.
bool HasWaited(Comparison& comparison, const std::string& service_id) {
  const absl::Time now = comparison.fresh.read_time;
  const absl::Time since = comparison.known.held_unschedulable.try_emplace(service_id, now).first->second;
  return now - since >= LongestHold(comparison.context);
}

// Forgets the due services that are no longer held.
void ForgetHeld(Known& known, const std::set<std::string>& held) {
  std::erase_if(known.held_unschedulable, [&](const auto& entry) {
    const bool due = known.due.all || known.due.ids.contains(entry.first);
    return due && !held.contains(entry.first);
  });
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
  std::set<std::string> held;
  for (const auto& [views, tasks] : waiting) {
    const Key key(views);
    const Service* service = FindService(known, key.first);
    if ((service == nullptr && !baseline) || !IsNew(known.unschedulable, key)) continue;
    if (!baseline && !HasWaited(comparison, key.first)) {
      held.insert(key.first);
      continue;
    }
    if (!baseline) TellUnschedulable(comparison, tasks, key.second, *service);
    for (Key& reason : Reasons(key)) known.unschedulable.insert(std::move(reason));
  }
  ForgetHeld(known, held);
}

}  // namespace swarmbell
