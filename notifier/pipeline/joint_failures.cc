#include "notifier/pipeline/joint_failures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

// The identifier does not depend on the process that emits it.
v1::ChangeEvent EndOf(const v1::ChangeEvent& failing, std::uint32_t lost_alerts,
                      const google::protobuf::Timestamp& time) {
  v1::ChangeEvent over = failing;
  over.set_event_id(absl::StrCat("over:", failing.event_id()));
  *over.mutable_observe_time() = time;
  const v1::ReceiverFailing& was = failing.receiver_failing();
  v1::ReceiverRecovered& recovered = *over.mutable_receiver_recovered();
  recovered.set_receiver(over.resource().name());
  *recovered.mutable_start_time() = failing.receiver_failing().start_time();
  recovered.set_lost_alerts(std::max(lost_alerts, was.lost_alerts()));
  return over;
}

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

void ReceiverFailures::Configure(std::optional<std::set<std::string>> receivers) {
  receivers_ = std::move(receivers);
  std::erase_if(open_, [&](const auto& open) { return !Exists(open.first); });
  std::erase_if(working_, [&](const std::string& receiver) { return !Exists(receiver); });
}

bool ReceiverFailures::Exists(const std::string& receiver) const {
  return !receivers_ || receivers_->contains(receiver);
}

StageResult ReceiverFailures::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (!change.event->has_receiver_failing() && !change.event->has_receiver_recovered()) {
    return PassOn(change, next);
  }
  const std::optional<v1::ChangeEvent> news = News(*change.event);
  if (!news) return {StageResult::Kind::kDropped, "it is known already, or the receiver no longer exists"};
  return PassOn({.event = &*news, .own = true}, next, "it is news of the receiver");
}

std::optional<v1::ChangeEvent> ReceiverFailures::News(const v1::ChangeEvent& event) {
  if (!Exists(event.resource().name())) return std::nullopt;
  if (event.has_receiver_failing()) {
    const std::string& receiver = event.receiver_failing().receiver();
    working_.erase(receiver);
    return open_.emplace(receiver, event).second ? std::optional(event) : std::nullopt;
  }
  const v1::ReceiverRecovered& recovered = event.receiver_recovered();
  working_.insert(recovered.receiver());
  const auto open = open_.find(recovered.receiver());
  if (open == open_.end()) return std::nullopt;
  v1::ChangeEvent over = EndOf(open->second, recovered.lost_alerts(), event.observe_time());
  open_.erase(open);
  return over;
}

std::optional<v1::ChangeEvent> ReceiverFailures::Restore(const v1::ChangeEvent& failing, absl::Time now) {
  if (!failing.has_receiver_failing() || !Exists(failing.resource().name())) return std::nullopt;
  const std::string& receiver = failing.receiver_failing().receiver();
  if (working_.contains(receiver)) return EndOf(failing, 0, ToProto(now));
  // Its failure began before the one that this process has seen.
  open_.insert_or_assign(receiver, failing);
  return std::nullopt;
}

bool ReceiverFailures::IsNews(const v1::ChangeEvent& failing) const {
  const std::string& receiver = failing.resource().name();
  const auto open = open_.find(receiver);
  return Exists(receiver) && (open == open_.end() || open->second.event_id() == failing.event_id());
}

std::vector<v1::ChangeEvent> ReceiverFailures::Open() const {
  std::vector<v1::ChangeEvent> open;
  for (const auto& [receiver, failing] : open_) open.push_back(failing);
  return open;
}

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
