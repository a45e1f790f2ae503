// Tasks that no node can take.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "collector/diff/comparison.h"
#include "collector/diff/summaries.h"

namespace swarmbell {
namespace {

using Key = std::pair<std::string, std::string>;

// The scheduler's words without their counts of nodes, which change while the trouble stays.
std::string Words(const std::string& error) {
  std::string words;
  for (const char c : error) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) {
      words.push_back(c);
    } else if (!words.ends_with('#')) {
      words.push_back('#');
    }
  }
  return words;
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

bool WaitsForNode(const Task& task) {
  const bool wanted = IsWanted(task) || task.desired_state == v1::TASK_STATE_COMPLETE;
  return wanted && task.state != v1::TASK_STATE_UNSPECIFIED && task.state <= v1::TASK_STATE_PENDING;
}

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

// What was told of due services of which no task waits any longer.
void Forget(Known& known, const Services& waiting) {
  std::set<Key>& told = known.unschedulable;
  if (known.due.all) std::erase_if(told, [&](const Key& key) { return !waiting.contains(key.first); });
  if (known.due.all) return;
  for (const std::string& id : known.due.ids) {
    if (waiting.contains(id)) continue;
    for (auto at = told.lower_bound({id, ""}); at != told.end() && at->first == id;) at = told.erase(at);
  }
}

}  // namespace

void CompareUnschedulable(Comparison& comparison) {
  Known& known = comparison.known;
  WordsOfErrors words;
  std::map<std::pair<std::string_view, std::string_view>, Waiting> waiting;
  Services services;
  ForEachDueTask(comparison, [&](const Task& task) {
    if (WaitsForNode(task)) services.insert(task.service_id.str());
    if (IsUnschedulable(task)) Count(task, waiting[{task.service_id.str(), words.Of(task.error)}]);
  });
  Forget(known, services);
  for (const auto& [views, tasks] : waiting) {
    const Key key(views);
    const Service* service = FindService(known, key.first);
    const bool baseline = !comparison.before.tasks;
    if (service == nullptr && !baseline) continue;
    const bool is_new = known.unschedulable.insert(key).second;
    if (is_new && !baseline) TellUnschedulable(comparison, tasks, key.second, *service);
  }
}

}  // namespace swarmbell
