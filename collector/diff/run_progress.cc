#include "collector/diff/run_progress.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/cronjob.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

v1::ServiceUpdateProgress ProgressOf(const Service& service, const KnownRun& run, const TaskList& tasks,
                                     const Known& known) {
  const RunTasks of_run(service, tasks, run.fields);
  v1::ServiceUpdateProgress progress;
  progress.set_state(run.state);
  if (run.started_at) *progress.mutable_start_time() = ToProto(*run.started_at);
  progress.set_updated_tasks(of_run.CountUpdated());
  progress.set_wanted_tasks(CountSlots(service, tasks, known).wanted);
  std::uint32_t failed = 0;
  for (const Task* task : tasks) failed += HasFailed(*task) && of_run.Fits(*task) ? 1 : 0;
  progress.set_failed_tasks(failed);
  return progress;
}

// Identifies a report within its service: equal on every collector that counts the same.
std::string KeyOf(const KnownRun& run, const v1::ServiceUpdateProgress& progress) {
  return absl::StrCat(TimeKey(run.started_at), " ", v1::UpdateState_Name(progress.state()), " ",
                      progress.updated_tasks(), "/", progress.wanted_tasks(), " ", progress.failed_tasks());
}

}  // namespace

std::vector<v1::ChangeEvent> RunProgressReports::Next(Known& known, const Snapshot& fresh,
                                                      const DiffContext& context) {
  std::vector<v1::ChangeEvent> events;
  std::map<std::string, std::string> reported;
  if (!known.services || !fresh.tasks) return events;
  const PreviousListings none;
  Comparison comparison{known, none, fresh, context, events};
  for (const auto& [id, note] : known.service_notes) {
    const Service* service = note.run ? FindService(known, id) : nullptr;
    if (service == nullptr || !RunsUpdate(*service)) continue;
    if (IsCronjobRun(*service, note.run->fields)) continue;  // a run of a cronjob, and no update
    const v1::ServiceUpdateProgress progress =
        ProgressOf(*service, *note.run, comparison.tasks_by_service.Of(id), known);
    const std::string key = KeyOf(*note.run, progress);
    if (const auto last = reported_.find(id); last == reported_.end() || last->second != key) {
      v1::ChangeEvent event;
      *event.mutable_service_update_progress() = progress;
      EventHead head = ServiceStateHead(*service, key);
      head.resource.clear_labels();
      EmitEvent(comparison, head, std::move(event));
    }
    reported[id] = key;
  }
  reported_ = std::move(reported);
  return events;
}

}  // namespace swarmbell
