#include "notifier/pipeline/joint_failures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/service_updates.h"
#include "notifier/alert/task_failures.h"

namespace swarmbell {
namespace {

// True if this stage reports the failures of the service.
bool TellsFailures(const v1::ChangeEvent& event) {
  return event.has_service_crash_loop() || IsFailedRun(event) || EndsFailures(event);
}

// True if the task ran before it failed. A task that fails at its start was never well: a crash loop, or the
// end of an update, reports it.
bool HadRun(const v1::ChangeEvent& event) {
  // Before a collector's start nobody saw it.
  return event.recollected() || event.task_failed().previous_state() == v1::TASK_STATE_RUNNING;
}

}  // namespace

StageResult JointFailures::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  if (TellsFailures(event)) bursts_.erase(ServiceKey(event));
  const bool counts = IsFailure(event) && !IsRejection(event) && HadRun(event);
  if (counts) Add(event, change.hold, at.now);
  return PassOn(change, next,
                counts ? "it counts for one card of all replicas that fail within seconds" : "");
}

void JointFailures::Add(const v1::ChangeEvent& event, const std::shared_ptr<EventHold>& hold,
                        absl::Time now) {
  const absl::Time seen = SeenAt(event, now);
  Burst& burst = BurstAt(event, seen, now);
  const v1::TaskSummary& task = event.task_failed().task();
  if (seen >= burst.last) burst.last_task = task;
  burst.first = std::min(burst.first, seen);
  burst.last = std::max(burst.last, seen);
  burst.slots.insert(SlotOf(task));
  if (!task.node_hostname().empty()) burst.nodes.insert(task.node_hostname());
  ++burst.failures;
  burst.due = std::min(now + kQuiet, burst.began + kLongestWait);
  burst.holds.push_back(hold);
}

// Failures that were found afterwards arrive together although they may have happened hours apart.
JointFailures::Burst& JointFailures::BurstAt(const v1::ChangeEvent& event, absl::Time seen, absl::Time now) {
  const auto [begin, end] = bursts_.equal_range(ServiceKey(event));
  const auto near = std::find_if(begin, end, [seen](const auto& burst) {
    return seen >= burst.second.first - kLongestWait && seen <= burst.second.last + kLongestWait;
  });
  if (near != end) return near->second;
  Burst& burst = bursts_.emplace(ServiceKey(event), Burst())->second;
  burst.first_event = event;
  burst.first = burst.last = seen;
  burst.began = now;
  return burst;
}

void JointFailures::Tick(const Moment& at, HandOn next) {
  std::erase_if(told_, [&](const auto& told) { return told.second + window_ <= at.now; });
  for (auto burst = bursts_.begin(); burst != bursts_.end();) {
    if (burst->second.due > at.now) {
      ++burst;
      continue;
    }
    Settle(burst->first, burst->second, next);
    burst = bursts_.erase(burst);
  }
}

void JointFailures::Flush(const Moment&, HandOn next) {
  for (auto& [service, burst] : bursts_) Settle(service, burst, next);
  bursts_.clear();
}

void JointFailures::Settle(const std::string& service, Burst& burst, HandOn next) {
  if (burst.slots.size() < 2) return;
  const auto told = told_.find(service);
  if (told != told_.end() && burst.first < told->second + window_) return;
  told_[service] = burst.last;
  v1::ChangeEvent event = ServiceEvent(
      burst.first_event, absl::StrCat("tasks_failed:", burst.first_event.event_id()), burst.last);
  v1::ServiceTasksFailed& details = *event.mutable_service_tasks_failed();
  details.set_failures(burst.failures);
  *details.mutable_start_time() = ToProto(burst.first);
  *details.mutable_last_time() = ToProto(burst.last);
  *details.mutable_last_task() = burst.last_task;
  for (const std::string& node : burst.nodes) details.add_nodes(node);
  next({.event = &event, .hold = JoinHolds(std::move(burst.holds))});
}

void JointFailures::MarkLost() {
  for (const auto& [service, burst] : bursts_) {
    for (const std::shared_ptr<EventHold>& hold : burst.holds) hold->MarkLost();
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
