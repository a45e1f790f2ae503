#include "notifier/pipeline/joint_failures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

// True if the event itself reports the failures of the service.
bool ReportsFailures(const v1::ChangeEvent& event) {
  return event.has_service_crash_loop() || IsFailedRun(event) || EndsFailures(event);
}

// True if the task ran before it failed. A task that fails at its start was never well: a crash loop, or the
// end of an update, reports it.
bool HadRun(const v1::ChangeEvent& event) {
  // A collector that was not running cannot have seen the state before.
  return event.recollected() || event.task_failed().previous_state() == v1::TASK_STATE_RUNNING;
}

}  // namespace

StageResult JointFailures::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  if (ReportsFailures(event)) bursts_.erase(ServiceKey(event));
  const bool counts = IsFailure(event) && !IsRejection(event) && HadRun(event);
  if (counts) Add(event, change.hold, at.now);
  return PassOn(change, next,
                counts ? "it counts for one card of all replicas that fail within seconds" : "");
}

void JointFailures::Add(const v1::ChangeEvent& event, const std::shared_ptr<Receipt>& hold, absl::Time now) {
  const absl::Time seen = SeenAt(event, now);
  Burst& burst = BurstAt(event, seen, now);
  const v1::TaskSummary& task = event.task_failed().task();
  FailureCount& count = burst.count;
  if (seen >= count.last) burst.last_task = task;
  count.first = std::min(count.first, seen);
  count.last = std::max(count.last, seen);
  burst.slots.insert(SlotOf(task));
  if (!task.node_hostname().empty()) count.nodes.insert(task.node_hostname());
  ++count.failures;
  burst.due = std::min(now + kQuiet, burst.start + kLongestWait);
  burst.holds.push_back(hold);
}

// Failures that were found later arrive together although they may have happened hours apart.
JointFailures::Burst& JointFailures::BurstAt(const v1::ChangeEvent& event, absl::Time seen, absl::Time now) {
  const auto [begin, end] = bursts_.equal_range(ServiceKey(event));
  const auto near = std::find_if(begin, end, [seen](const auto& burst) {
    const FailureCount& count = burst.second.count;
    return seen >= count.first - kLongestWait && seen <= count.last + kLongestWait;
  });
  if (near != end) return near->second;
  Burst& burst = bursts_.emplace(ServiceKey(event), Burst())->second;
  burst.first_event = event;
  burst.count.first = burst.count.last = seen;
  burst.start = now;
  return burst;
}

void JointFailures::Tick(const Moment& at, HandOn next) {
  std::erase_if(reported_, [&](const auto& reported) { return reported.second + window_ <= at.now; });
  for (auto burst = bursts_.begin(); burst != bursts_.end();) {
    if (burst->second.due > at.now) {
      ++burst;
      continue;
    }
    Emit(burst->first, burst->second, next);
    burst = bursts_.erase(burst);
  }
}

void JointFailures::Flush(const Moment&, HandOn next) {
  for (auto& [service, burst] : bursts_) Emit(service, burst, next);
  bursts_.clear();
}

void JointFailures::Emit(const std::string& service, Burst& burst, HandOn next) {
  if (burst.slots.size() < 2) return;
  const auto reported = reported_.find(service);
  if (reported != reported_.end() && burst.count.first < reported->second + window_) return;
  reported_[service] = burst.count.last;
  v1::ChangeEvent event = ServiceEvent(
      burst.first_event, absl::StrCat("tasks_failed:", burst.first_event.event_id()), burst.count.last);
  v1::ServiceTasksFailed& details = *event.mutable_service_tasks_failed();
  details.set_failures(burst.count.failures);
  SetFailures(burst.count, burst.last_task, details);
  next({.event = &event, .hold = Receipt::Join(std::move(burst.holds))});
}

void JointFailures::MarkLost() {
  for (const auto& [service, burst] : bursts_) {
    for (const std::shared_ptr<Receipt>& hold : burst.holds) hold->MarkLost();
  }
  bursts_.clear();
}

std::optional<absl::Time> JointFailures::NextDeadline() const {
  std::optional<absl::Time> next;
  for (const auto& [service, burst] : bursts_) {
    if (!next || burst.due < *next) next = burst.due;
  }
  return next;
}

}  // namespace swarmbell
