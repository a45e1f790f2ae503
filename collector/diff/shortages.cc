// Services that run fewer tasks than wanted for too long.

#include <algorithm>
#include <map>
#include <utility>

#include "collector/diff/comparison.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

// When the shortage began as the engine's times tell it: when the oldest task that is wanted and does not run
// was made, else when a task last took its state.
std::string Episode(const TaskList& tasks) {
  std::optional<absl::Time> oldest;
  std::optional<absl::Time> last;
  for (const Task* task : tasks) {
    if (IsWanted(*task) && task->state != v1::TASK_STATE_RUNNING && task->created_at) {
      oldest = std::min(oldest.value_or(absl::InfiniteFuture()), *task->created_at);
    }
    if (task->state_time) last = std::max(last.value_or(absl::InfinitePast()), *task->state_time);
  }
  return TimeKey(oldest ? oldest : last);
}

class ShortageComparison {
 public:
  ShortageComparison(Comparison& comparison, const Service& service, const TaskList& tasks)
      : comparison_(comparison),
        service_(service),
        tasks_(tasks),
        count_(CountTasks(service, tasks, comparison.known)) {}

  void Run() {
    auto& shortages = comparison_.known.shortages;
    auto known = shortages.find(service_.id);
    if (UpdateExplains(comparison_.known, service_,
                       count_.wanted - std::min(count_.wanted, count_.running))) {
      if (known != shortages.end() && !known->second.told) shortages.erase(known);
    } else if (count_.running >= count_.wanted) {
      if (known == shortages.end()) return;
      if (known->second.told) TellRecovered(known->second);
      shortages.erase(known);
    } else {
      if (known == shortages.end()) known = shortages.emplace(service_.id, Begin()).first;
      Hold(known->second);
    }
  }

 private:
  KnownShortage Begin() const {
    KnownShortage shortage{comparison_.fresh.read_time, Episode(tasks_), false, std::nullopt};
    if (!comparison_.before.tasks) shortage.running_at_baseline = count_.running;
    return shortage;
  }

  void Hold(KnownShortage& shortage) {
    if (shortage.running_at_baseline && count_.running < *shortage.running_at_baseline) shortage = Begin();
    const bool long_enough = comparison_.fresh.read_time - shortage.since >= LongestHold();
    if (shortage.told || shortage.running_at_baseline || !long_enough) return;
    shortage.told = true;
    TellDegraded(shortage);
  }

  // An update that does not come further says so by itself then.
  absl::Duration LongestHold() const {
    const DiffContext& context = comparison_.context;
    if (!RunsUpdate(service_)) return context.degraded_after;
    return std::max(context.degraded_after, context.update_stalled_after + ConfigOfRun(service_).monitor);
  }

  EventHead Head(const KnownShortage& shortage) const {
    EventHead head;
    head.resource = ServiceResource(service_);
    head.current_version = service_.version;
    head.discriminator = shortage.episode;
    return head;
  }

  void TellDegraded(const KnownShortage& shortage) {
    v1::ChangeEvent event;
    auto& degraded = *event.mutable_service_degraded();
    degraded.set_wanted_tasks(count_.wanted);
    degraded.set_running_tasks(count_.running);
    *degraded.mutable_start_time() = ToProto(shortage.since);
    if (const Task* task = LastTrouble(tasks_, std::nullopt)) {
      *degraded.mutable_failed_task() = SummarizeTask(*task, comparison_.known);
    }
    Tell(comparison_, Head(shortage), std::move(event));
  }

  void TellRecovered(const KnownShortage& shortage) {
    v1::ChangeEvent event;
    auto& recovered = *event.mutable_service_recovered();
    recovered.set_wanted_tasks(count_.wanted);
    *recovered.mutable_start_time() = ToProto(shortage.since);
    Tell(comparison_, Head(shortage), std::move(event));
  }

  Comparison& comparison_;
  const Service& service_;
  const TaskList& tasks_;
  const TaskCount count_;
};

}  // namespace

void CompareShortages(Comparison& comparison) {
  Known& known = comparison.known;
  if (!known.services) return;
  const auto compare = [&](const Service& service) {
    if (IsJob(service)) return;
    ShortageComparison(comparison, service, comparison.tasks_by_service.Of(service.id)).Run();
  };
  if (known.due.all) {
    std::erase_if(known.shortages, [&](const auto& entry) { return !known.services->contains(entry.first); });
    for (const auto& [id, service] : *known.services) compare(*service);
    return;
  }
  for (const std::string& id : known.due.ids) {
    const Service* service = FindService(known, id);
    if (service == nullptr) known.shortages.erase(id);
    if (service != nullptr) compare(*service);
  }
}

}  // namespace swarmbell
