// Runs of jobs, and of services that run once, that fail or end well after one that failed.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/one_shots.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"

namespace swarmbell {
namespace {

// A run whose failed tasks are tried again without a limit has failed after this many in one slot.
// Engine 20.10 tries also those again that it should not.
constexpr std::uint32_t kFailuresOfEndlessRun = 3;

bool FailsForGood(const Slot& slot) {
  return slot.wanted == nullptr && !slot.runs && HasFailed(*slot.newest) &&
         slot.newest->desired_state == v1::TASK_STATE_SHUTDOWN;
}

class JobComparison {
 public:
  JobComparison(Comparison& comparison, const Service& service)
      : comparison_(comparison),
        service_(service),
        tasks_(TasksOfRun(service, comparison.tasks_by_service.Of(service.id))),
        slots_(SlotsOf(service, tasks_, comparison.known)) {}

  void Run() {
    if (slots_.empty()) return;
    auto& failed_jobs = comparison_.known.failed_jobs;
    const auto known = failed_jobs.find(service_.id);
    const std::string run = RunKey();
    if (const Task* failed = FailedTask()) {
      if (known != failed_jobs.end() && known->second.run == run) return;
      failed_jobs[service_.id] = {run, failed->state_time};
      if (comparison_.before.tasks) TellFailed(*failed, run);
    } else if (known != failed_jobs.end() && WantedTasks() > 0 && CompletedTasks() >= WantedTasks()) {
      TellSucceeded(known->second, run);
      failed_jobs.erase(known);
    }
  }

 private:
  // The engine numbers the runs of jobs, and keeps tasks of earlier ones for a while.
  static TaskList TasksOfRun(const Service& service, const TaskList& all) {
    if (!IsJob(service)) return all;
    TaskList tasks;
    std::copy_if(all.begin(), all.end(), std::back_inserter(tasks),
                 [&](const Task* task) { return task->job_iteration == service.job_iteration; });
    return tasks;
  }

  // Equal for all tasks of a run, and on every collector. The engine makes a task for each slot in each run.
  std::string RunKey() const {
    return IsJob(service_) ? absl::StrCat("run ", service_.job_iteration) : slots_.front().newest->id;
  }

  bool Fails(const Slot& slot) const {
    if (FailsForGood(slot)) return true;
    const bool endless = IsJob(service_) && service_.policy.max_attempts == 0;
    const bool succeeded = slot.newest->state == v1::TASK_STATE_COMPLETE;
    return endless && !slot.runs && !succeeded && slot.failures >= kFailuresOfEndlessRun;
  }

  // The last that failed of a run that has failed; null if it has not.
  const Task* FailedTask() const {
    const Task* last = nullptr;
    for (const Slot& slot : slots_) {
      if (Fails(slot) && IsNewer(*slot.last_failed, last)) last = slot.last_failed;
    }
    return last;
  }

  // An earlier run of a one-shot may have left tasks in the same slots.
  std::uint32_t FailuresOfRun() const {
    if (!IsJob(service_)) {
      return static_cast<std::uint32_t>(std::count_if(slots_.begin(), slots_.end(), FailsForGood));
    }
    return static_cast<std::uint32_t>(
        std::count_if(tasks_.begin(), tasks_.end(), [](const Task* task) { return HasFailed(*task); }));
  }

  std::uint32_t CompletedTasks() const {
    const auto completed = std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) {
      return slot.wanted == nullptr && slot.newest->state == v1::TASK_STATE_COMPLETE;
    });
    return static_cast<std::uint32_t>(completed);
  }

  std::uint32_t WantedTasks() const {
    const auto slots = static_cast<std::uint32_t>(slots_.size());
    const bool counted = service_.mode.kind() == v1::SERVICE_MODE_KIND_REPLICATED ||
                         service_.mode.kind() == v1::SERVICE_MODE_KIND_REPLICATED_JOB;
    return counted ? static_cast<std::uint32_t>(service_.mode.replicas()) : slots;
  }

  EventHead Head() const {
    EventHead head;
    head.resource = ServiceResource(service_);
    head.current_version = service_.version;
    return head;
  }

  void TellFailed(const Task& task, const std::string& run) {
    EventHead head = Head();
    head.occur_time = task.state_time;
    head.discriminator = run;
    v1::ChangeEvent event;
    auto& failed = *event.mutable_service_job_failed();
    *failed.mutable_task() = SummarizeTask(task, comparison_.known);
    failed.set_failures(FailuresOfRun());
    failed.set_completed_tasks(CompletedTasks());
    failed.set_wanted_tasks(std::max(WantedTasks(), failed.completed_tasks() + 1));
    Tell(comparison_, head, std::move(event));
  }

  void TellSucceeded(const KnownFailedJob& failed, const std::string& run) {
    EventHead head = Head();
    head.discriminator = absl::StrCat(failed.run, " ", run);
    v1::ChangeEvent event;
    auto& succeeded = *event.mutable_service_job_succeeded();
    if (failed.failed_at) *succeeded.mutable_failure_time() = ToProto(*failed.failed_at);
    succeeded.set_completed_tasks(CompletedTasks());
    Tell(comparison_, head, std::move(event));
  }

  Comparison& comparison_;
  const Service& service_;
  const TaskList tasks_;
  const std::vector<Slot> slots_;
};

}  // namespace

void CompareJobs(Comparison& comparison) {
  Known& known = comparison.known;
  if (!known.services) return;
  if (known.due.all) {
    std::erase_if(known.failed_jobs, [&](const auto& job) {
      const Service* service = FindService(known, job.first);
      return service == nullptr || !RunsOnce(*service);
    });
  }
  ForEachDueService(comparison, [&](const Service& service) {
    if (RunsOnce(service)) JobComparison(comparison, service).Run();
  });
  for (const std::string& id : known.due.ids) {
    const Service* service = FindService(known, id);
    if (service == nullptr || !RunsOnce(*service)) known.failed_jobs.erase(id);
  }
}

}  // namespace swarmbell
