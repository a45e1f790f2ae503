// Runs of jobs, and of services that run once, that fail or end well after one that failed.

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"

namespace swarmbell {
namespace {

// The failures in one slot after which a run has failed, if its failed tasks are retried without a limit.
// Engine 20.10 retries also tasks that it should not.
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
    const TaskList failed = FailedTasks(false);
    if (failed.empty()) {
      const bool succeeded =
          known != failed_jobs.end() && WantedTasks() > 0 && CompletedTasks() >= WantedTasks();
      if (!succeeded) return;
      EmitSucceeded(known->second);
      failed_jobs.erase(known);
      return;
    }
    const TaskList fresh = NewFailures(known == failed_jobs.end() ? nullptr : &known->second);
    if (fresh.empty() && known != failed_jobs.end()) return;
    const Task& task = TaskToReport(fresh.empty() ? failed : fresh);
    failed_jobs[service_.id] = {RunOf(task), task.state_time};
    if (comparison_.before.tasks && !fresh.empty()) EmitFailed(task);
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

  // The engine numbers the runs of jobs; a run of a one-shot has the name of its first task that failed. Its
  // other tasks may be replaced earlier.
  std::string RunOf(const Task& task) const {
    return IsJob(service_) ? absl::StrCat("run ", service_.job_iteration) : task.id;
  }

  bool Fails(const Slot& slot) const {
    if (FailsForGood(slot)) return true;
    const bool endless = IsJob(service_) && service_.policy.max_attempts == 0;
    const bool succeeded = slot.newest->state == v1::TASK_STATE_COMPLETE;
    return endless && !slot.runs && !succeeded && slot.failures >= kFailuresOfEndlessRun;
  }

  // The last failed task of each slot that has failed; with `only_changed`, not those that were handled
  // before.
  TaskList FailedTasks(bool only_changed) const {
    TaskList failed;
    for (const Slot& slot : slots_) {
      if (!Fails(slot)) continue;
      const bool changed = IsJob(service_) || !IsUnchanged(*slot.newest);
      if (changed || !only_changed) failed.push_back(slot.last_failed);
    }
    return failed;
  }

  // The failed tasks that are neither as they were before nor of the run that is known to have failed.
  TaskList NewFailures(const KnownFailedJob* known) const {
    const TaskList failed = FailedTasks(true);
    const bool knows_run =
        !failed.empty() && IsJob(service_) && known != nullptr && known->run == RunOf(*failed.front());
    if (failed.empty() || knows_run) return {};
    const Task* known_task = IsJob(service_) || known == nullptr ? nullptr : LastOfItsRun(known->run);
    TaskList fresh;
    for (const Task* task : failed) {
      const bool of_known_run = known_task != nullptr && IsSameRun(*task, *known_task);
      const bool is_known = known != nullptr && task->id == known->run;
      if (!of_known_run && !is_known) fresh.push_back(task);
    }
    return fresh;
  }

  // The failed task that names a run of a one-shot. Null once a task of the same template is in its place:
  // the others of that template may then be of either run.
  const Task* LastOfItsRun(const std::string& run) const {
    const auto found =
        std::find_if(tasks_.begin(), tasks_.end(), [&](const Task* task) { return task->id == run; });
    if (found == tasks_.end()) return nullptr;
    const Task& task = **found;
    const auto slot = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& candidate) {
      return ShareSlot(service_, *candidate.newest, task);
    });
    if (slot == slots_.end()) return nullptr;
    return slot->newest == &task || !IsSameRun(*slot->newest, task) ? &task : nullptr;
  }

  // Each run of a one-shot has a template of its own, if only by the count of forced updates.
  static bool IsSameRun(const Task& a, const Task& b) {
    return a.spec_fingerprint.whole == b.spec_fingerprint.whole;
  }

  // True if the reading before had the task as it is now, and its service was known: its failure was already
  // handled.
  bool IsUnchanged(const Task& task) const {
    const Task* before = Find(comparison_.before.tasks, task.id);
    return before != nullptr && !comparison_.fallen.contains(&task) && before->version == task.version &&
           before->state == task.state && before->desired_state == task.desired_state;
  }

  // The last task of a job that failed; for a one-shot the first of its last run. Every collector chooses the
  // same one, even if it sees several failures at once.
  const Task& TaskToReport(const TaskList& failed) const {
    const Task& last = **std::max_element(failed.begin(), failed.end(),
                                          [](const Task* a, const Task* b) { return IsNewer(*b, a); });
    if (IsJob(service_)) return last;
    const Task* first = &last;
    for (const Task* task : failed) {
      const bool earlier = std::tie(task->version, task->id) < std::tie(first->version, first->id);
      if (earlier && IsSameRun(*task, last)) first = task;
    }
    return *first;
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

  const Task* LastCreated() const {
    const Task* last = nullptr;
    for (const Slot& slot : slots_) {
      if (IsNewer(*slot.newest, last)) last = slot.newest;
    }
    return last;
  }

  void EmitFailed(const Task& task) {
    EventHead head = ServiceStateHead(service_, RunOf(task));
    head.occur_time = task.state_time;
    SetRunning(comparison_, service_, head);
    v1::ChangeEvent event;
    auto& failed = *event.mutable_service_job_failed();
    *failed.mutable_task() = SummarizeTask(task, comparison_.known);
    failed.set_failures(FailuresOfRun());
    failed.set_completed_tasks(CompletedTasks());
    failed.set_wanted_tasks(std::max(WantedTasks(), failed.completed_tasks() + 1));
    EmitEvent(comparison_, head, std::move(event));
  }

  // Collectors may have seen different tasks fail before; therefore the task that succeeded names the run.
  void EmitSucceeded(const KnownFailedJob& failed) {
    v1::ChangeEvent event;
    auto& succeeded = *event.mutable_service_job_succeeded();
    if (failed.failed_at) *succeeded.mutable_failure_time() = ToProto(*failed.failed_at);
    succeeded.set_completed_tasks(CompletedTasks());
    EmitEvent(comparison_, ServiceStateHead(service_, RunOf(*LastCreated())), std::move(event));
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
