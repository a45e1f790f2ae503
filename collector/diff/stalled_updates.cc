// Updates and rollbacks that go on, but do not come further.

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/one_shots.h"
#include "collector/diff/run_tasks.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

using Reached = std::vector<std::uint32_t>;

// Takes the larger of both counts of each state; says whether one has grown.
bool Advance(const Reached& now, Reached& most) {
  most.resize(std::max(most.size(), now.size()));
  bool grown = false;
  for (std::size_t i = 0; i < now.size(); ++i) {
    grown |= now[i] > most[i];
    most[i] = std::max(most[i], now[i]);
  }
  return grown;
}

// True if the swarm wants the task to run and it does not run yet.
bool IsWaiting(const Task& task) {
  return IsWanted(task) && task.state != v1::TASK_STATE_UNSPECIFIED && task.state < v1::TASK_STATE_RUNNING;
}

std::vector<v1::TaskStateCount> CountWaiting(const TaskList& tasks) {
  std::map<v1::TaskState, std::uint32_t> states;
  for (const Task* task : tasks) {
    if (IsWaiting(*task)) ++states[task->state];
  }
  std::vector<v1::TaskStateCount> counts;
  for (const auto& [state, tasks_in_it] : states) {
    v1::TaskStateCount& count = counts.emplace_back();
    count.set_state(state);
    count.set_tasks(tasks_in_it);
  }
  return counts;
}

// The oldest task that waits with the scheduler's words, else the last of the run that failed, else the
// oldest that waits.
const Task* WaitingTask(const TaskList& tasks, const RunTasks& run) {
  const auto oldest = [&](auto counts) {
    const Task* found = nullptr;
    for (const Task* task : tasks) {
      if (!counts(*task)) continue;
      const bool older =
          found == nullptr || std::tie(task->created_at, task->id) < std::tie(found->created_at, found->id);
      if (older) found = task;
    }
    return found;
  };
  if (const Task* task = oldest(IsUnschedulable)) return task;
  if (const Task* task = run.LastTrouble()) return task;
  return oldest(IsWaiting);
}

class ProgressComparison {
 public:
  ProgressComparison(Comparison& comparison, const Service& service, KnownRun& run)
      : comparison_(comparison),
        service_(service),
        run_(run),
        tasks_(comparison.tasks_by_service.Of(service.id)) {}

  void Run() {
    if (!RunsUpdate(service_)) return GiveUp();
    const RunTasks tasks(service_, tasks_, run_.fields);
    if (!run_.progress) run_.progress = RunProgress{.since = comparison_.fresh.read_time, .reached = {}};
    RunProgress& progress = *run_.progress;
    progress.since = std::min(progress.since, comparison_.fresh.read_time);  // the clock may be set back
    const RunProgress before = progress;
    if (Advance(tasks.CountReached(), progress.reached)) {
      progress.since = comparison_.fresh.read_time;
      progress.stalled = false;
      if (before.stalled) TellResumed(before, run_.state, tasks.CountUpdated());
    } else if (!progress.stalled && HasLasted(progress)) {
      progress.stalled = true;
      ++progress.stalls;
      TellStalled(progress, tasks);
    }
  }

 private:
  // Somebody has changed the service, and the engine has nothing to replace for that. It says so for a moment
  // before each run too.
  void GiveUp() {
    const auto& before = comparison_.before.services;
    const auto old = before ? before->find(service_.id) : Objects<Service>::Iterator();
    if (!before || old == before->end() || old->second.get() != &service_) return;
    if (run_.progress->stalled) {
      TellResumed(*run_.progress, v1::UPDATE_STATE_UNSPECIFIED,
                  CountTasks(service_, tasks_, comparison_.known).running);
    }
    run_.progress.reset();
  }

  // The engine watches each task for a while, and where no task waits, it waits itself.
  bool HasLasted(const RunProgress& progress) const {
    const absl::Duration lasted = comparison_.fresh.read_time - progress.since;
    if (lasted < comparison_.context.update_stalled_after) return false;
    const RunConfig config = ConfigOfRun(service_);
    const bool waits =
        std::any_of(tasks_.begin(), tasks_.end(), [](const Task* task) { return IsWaiting(*task); });
    const absl::Duration rest = config.monitor + (waits ? absl::ZeroDuration() : config.delay);
    return lasted - rest >= comparison_.context.update_stalled_after;
  }

  // A stall has its number in the run. How far the run has come names nothing: what a collector has seen of
  // that depends on when it looked.
  EventHead Head(const RunProgress& stall) const {
    EventHead head;
    head.resource = ServiceResource(service_);
    head.current_version = service_.version;
    head.discriminator =
        absl::StrCat(TimeKey(run_.started_at), " ", v1::UpdateState_Name(run_.state), " ", stall.stalls);
    return head;
  }

  void TellStalled(const RunProgress& progress, const RunTasks& tasks) {
    const TaskCount count = CountTasks(service_, tasks_, comparison_.known);
    const auto waiting = CountWaiting(tasks_);
    const auto fields = FieldsOf(run_, service_, run_.state);
    v1::ChangeEvent event;
    auto& stalled = *event.mutable_service_update_stalled();
    stalled.set_state(run_.state);
    if (run_.started_at) *stalled.mutable_start_time() = ToProto(*run_.started_at);
    *stalled.mutable_last_progress_time() = ToProto(progress.since);
    stalled.set_updated_tasks(tasks.CountUpdated());
    stalled.set_wanted_tasks(count.wanted);
    stalled.set_running_tasks(count.running);
    stalled.mutable_waiting()->Assign(waiting.begin(), waiting.end());
    if (const Task* task = WaitingTask(tasks_, tasks)) {
      *stalled.mutable_waiting_task() = SummarizeTask(*task, comparison_.known);
    }
    stalled.mutable_fields()->Assign(fields.begin(), fields.end());
    Tell(comparison_, Head(progress), std::move(event));
  }

  void TellResumed(const RunProgress& stall, v1::UpdateState state, std::uint32_t updated) {
    v1::ChangeEvent event;
    auto& resumed = *event.mutable_service_update_resumed();
    resumed.set_state(state);
    if (run_.started_at) *resumed.mutable_start_time() = ToProto(*run_.started_at);
    *resumed.mutable_stall_time() = ToProto(stall.since);
    resumed.set_updated_tasks(updated);
    resumed.set_wanted_tasks(CountTasks(service_, tasks_, comparison_.known).wanted);
    Tell(comparison_, Head(stall), std::move(event));
  }

  Comparison& comparison_;
  const Service& service_;
  KnownRun& run_;
  const TaskList& tasks_;
};

}  // namespace

void CompareProgress(Comparison& comparison) {
  Known& known = comparison.known;
  if (!known.services) return;
  for (auto& [id, note] : known.service_notes) {
    const bool due = known.due.all || known.due.ids.contains(id);
    const Service* service = due && note.run ? FindService(known, id) : nullptr;
    if (service == nullptr || (!RunsUpdate(*service) && !note.run->progress)) continue;
    if (IsScheduledRun(*service, note.run->fields)) continue;  // a run of a job, and no update
    ProgressComparison(comparison, *service, *note.run).Run();
  }
}

}  // namespace swarmbell
