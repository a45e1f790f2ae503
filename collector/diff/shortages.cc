// Services that run fewer tasks than wanted for too long: held, reported, and recovered.

#include <algorithm>
#include <utility>

#include "collector/diff/comparison.h"
#include "collector/diff/slots.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

class ShortageComparison {
 public:
  ShortageComparison(Comparison& comparison, const Service& service)
      : comparison_(comparison),
        now_(comparison.fresh.read_time),
        service_(service),
        tasks_(comparison.tasks_by_service.Of(service.id)),
        count_(CountSlots(service, tasks_, comparison.known, now_)) {}

  void Run() {
    if (std::any_of(tasks_.begin(), tasks_.end(), [](const Task* task) { return HasRun(*task); })) {
      FinishFirstStart();
    }
    auto& shortages = comparison_.known.shortages;
    auto known = shortages.find(service_.id);
    if (IsExplained()) {
      if (known != shortages.end() && !IsReported(known->second)) shortages.erase(known);
    } else if (!count_.Lacks()) {
      if (known == shortages.end() || StillFindsNoNode(known->second)) return;
      if (IsReported(known->second) && !HasFailedForGood()) EmitRecovered(known->second, count_.wanted);
      shortages.erase(known);
    } else {
      if (known == shortages.end()) known = shortages.emplace(service_.id, Begin()).first;
      Hold(known->second);
    }
  }

  // A job is only reported as one whose tasks find no node.
  void RunJob() {
    const auto known = comparison_.known.shortages.find(service_.id);
    if (known == comparison_.known.shortages.end() || StillFindsNoNode(known->second)) return;
    EmitRecovered(known->second, 0);
    comparison_.known.shortages.erase(known);
  }

  // Emits a shortage that the first reading proves to have begun when a task ended that is not replaced.
  void Recollect() {
    const std::optional<absl::Time> since = SinceEnd();
    if (IsExplained() || !count_.Lacks() || !since || !HasLasted(*since)) return;
    KnownShortage shortage{.since = *since, .episode = ShortageEpisode(tasks_), .held_since = *since};
    EventHead head = ServiceStateHead(service_, shortage.episode);
    head.occur_time = *since + comparison_.context.degraded_after;
    EmitDegraded(shortage, std::move(head));
  }

 private:
  static bool IsReported(const KnownShortage& shortage) {
    return shortage.reported || shortage.unschedulable;
  }

  // A task that was reported as finding no node may be one more than the service needs.
  bool StillFindsNoNode(const KnownShortage& shortage) const {
    const auto& waiting = comparison_.known.unschedulable;
    const auto first = waiting.lower_bound({service_.id, ""});
    return shortage.unschedulable && first != waiting.end() && first->first == service_.id;
  }

  KnownShortage Begin() const {
    KnownShortage shortage{.since = now_, .episode = ShortageEpisode(tasks_), .held_since = now_};
    if (comparison_.before.tasks) return shortage;
    if (const std::optional<absl::Time> since = SinceEnd()) {
      shortage.since = *since;
      if (!HasLasted(*since)) {
        shortage.held_since = *since;
      } else if (IsRecollected()) {
        shortage.reported = true;
        shortage.held_since.reset();
      }
      return shortage;
    }
    shortage.running_at_baseline = count_.running;
    shortage.held_since.reset();
    return shortage;
  }

  bool IsExplained() const {
    const std::uint32_t missing = count_.wanted - std::min(count_.wanted, count_.running);
    return UpdateExplains(comparison_.known, service_, missing);
  }

  // A failed run is reported as such, and not as a service that has recovered.
  bool HasFailedForGood() const {
    if (!RunsOnce(service_)) return false;
    const std::vector<Slot> slots = SlotsOf(service_, tasks_, comparison_.known);
    return std::any_of(slots.begin(), slots.end(), [&](const Slot& slot) {
      return IsSettled(service_, slot) && HasFailed(*slot.newest);
    });
  }

  // True if Recollect() has reported the shortages that began before the first reading, which needs a whole
  // reading.
  bool IsRecollected() const {
    const PreviousListings& before = comparison_.before;
    return comparison_.fresh.services && comparison_.fresh.nodes && !before.services && !before.nodes;
  }

  bool HasLasted(absl::Time since) const { return now_ - since >= comparison_.context.degraded_after; }

  // When the last task ended that left its slot empty: the engine does not replace it. Unset if there is
  // none.
  std::optional<absl::Time> SinceEnd() const {
    std::optional<absl::Time> last;
    for (const Slot& slot : SlotsOf(service_, tasks_, comparison_.known)) {
      const bool ended = slot.wanted == nullptr && !slot.runs && HasRun(*slot.newest) &&
                         (slot.newest->state == v1::TASK_STATE_COMPLETE || HasFailed(*slot.newest));
      if (!ended || !slot.newest->state_time || IsSettled(service_, slot)) continue;
      last = std::max(last.value_or(absl::InfinitePast()), std::min(now_, *slot.newest->state_time));
    }
    return last;
  }

  void Hold(KnownShortage& shortage) {
    if (shortage.running_at_baseline) {
      if (count_.running >= *shortage.running_at_baseline) return;
      shortage = {.since = now_, .episode = ShortageEpisode(tasks_), .held_since = now_};
    }
    if (shortage.reported) return;
    const std::uint32_t lacking = count_.wanted - count_.running;
    if (lacking <= count_.unplaced) {  // CompareUnschedulable() has reported these
      shortage.unschedulable = true;
      shortage.held_since.reset();
      return;
    }
    if (!shortage.held_since) shortage.held_since = now_;
    const bool all_start = lacking <= count_.unplaced + count_.starting;
    if (all_start || now_ - *shortage.held_since < LongestHold()) return;
    shortage.reported = true;
    EmitDegraded(shortage, ServiceStateHead(service_, shortage.episode));
    shortage.held_since.reset();
  }

  // The first tasks of a service have to pull their image and to become healthy for the first time. An update
  // without progress is reported separately.
  absl::Duration LongestHold() const {
    const DiffContext& context = comparison_.context;
    const bool failed =
        std::any_of(tasks_.begin(), tasks_.end(), [](const Task* task) { return HasFailed(*task); });
    absl::Duration hold = context.degraded_after;
    if (IsFirstStart() && !failed) hold = std::max(hold, context.first_start_after);
    if (RunsUpdate(service_)) {
      hold = std::max(hold, context.update_stalled_after + ConfigOfRun(service_).monitor);
    }
    return hold;
  }

  bool IsFirstStart() const {
    const auto note = comparison_.known.service_notes.find(service_.id);
    return note != comparison_.known.service_notes.end() && note->second.first_start;
  }

  void FinishFirstStart() {
    const auto note = comparison_.known.service_notes.find(service_.id);
    if (note != comparison_.known.service_notes.end()) note->second.first_start = false;
  }

  void EmitDegraded(KnownShortage& shortage, EventHead head) {
    v1::ChangeEvent event;
    auto& degraded = *event.mutable_service_degraded();
    degraded.set_wanted_tasks(count_.wanted);
    degraded.set_running_tasks(count_.running);
    *degraded.mutable_start_time() = ToProto(shortage.since);
    degraded.mutable_waiting()->Assign(count_.waiting.begin(), count_.waiting.end());
    degraded.set_first_start(IsFirstStart());
    if (const Task* task = LastTrouble(tasks_, std::nullopt)) {
      *degraded.mutable_failed_task() = SummarizeTask(*task, comparison_.known);
      if (IsUnschedulable(*task)) {
        RememberUnschedulable(comparison_.known, *task);
        shortage.unschedulable = true;  // its end is the end of that, too
      }
    }
    SetRunning(comparison_, service_, head);
    EmitEvent(comparison_, head, std::move(event));
  }

  void EmitRecovered(const KnownShortage& shortage, std::uint32_t wanted) {
    v1::ChangeEvent event;
    auto& recovered = *event.mutable_service_recovered();
    recovered.set_wanted_tasks(wanted);
    *recovered.mutable_start_time() = ToProto(shortage.since);
    EmitEvent(comparison_, ServiceStateHead(service_, shortage.episode), std::move(event));
  }

  Comparison& comparison_;
  const absl::Time now_;
  const Service& service_;
  const TaskList& tasks_;
  const SlotCount count_;
};

}  // namespace

// When the shortage began, by the engine's times: when the oldest task that is wanted and does not run was
// created, else when a task last changed its state.
std::string ShortageEpisode(const TaskList& tasks) {
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

void CompareShortages(Comparison& comparison) {
  Known& known = comparison.known;
  if (!known.services) return;
  if (known.due.all) {
    std::erase_if(known.shortages, [&](const auto& entry) { return !known.services->contains(entry.first); });
  }
  ForEachDueService(comparison, [&](const Service& service) {
    ShortageComparison shortage(comparison, service);
    if (IsJob(service)) return shortage.RunJob();
    shortage.Run();
  });
  for (const std::string& id : known.due.ids) {
    if (FindService(known, id) == nullptr) known.shortages.erase(id);
  }
}

void RecollectShortages(Comparison& comparison) {
  for (const auto& [id, service] : *comparison.known.services) {
    if (!IsJob(*service)) ShortageComparison(comparison, *service).Recollect();
  }
}

}  // namespace swarmbell
