#include "notifier/pipeline/crash_loop.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

// How soon a swarm that was not read may be read again.
constexpr absl::Duration kCheckAgain = absl::Seconds(3);

bool IsShortage(const v1::ChangeEvent& event) {
  return event.has_service_degraded() || event.has_service_recovered();
}

// Why the task was rejected; empty if it was not.
std::string Rejection(const v1::ChangeEvent& event) {
  return IsRejection(event) ? absl::StrCat("rejected ", NormalError(event.task_failed().task())) : "";
}

bool RejectedAgain(const std::string& last, const v1::ChangeEvent& event) {
  return !last.empty() && last == Rejection(event);
}

std::uint32_t CountAll(const std::map<std::string, std::deque<absl::Time>>& slots) {
  std::size_t all = 0;
  for (const auto& [slot, times] : slots) all += times.size();
  return static_cast<std::uint32_t>(all);
}

// Never called without a failure.
absl::Time FirstOf(const std::map<std::string, std::deque<absl::Time>>& slots) {
  absl::Time first = absl::InfiniteFuture();
  for (const auto& [slot, times] : slots) first = std::min(first, times.front());
  return first;
}

void DropBefore(absl::Time start, std::map<std::string, std::deque<absl::Time>>& slots) {
  for (auto& [slot, times] : slots) {
    while (!times.empty() && times.front() < start) times.pop_front();
  }
  std::erase_if(slots, [](const auto& slot) { return slot.second.empty(); });
}

}  // namespace

StageResult CrashLoops::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  const std::vector<v1::ChangeEvent> events = Replace(*change.event, at.now);
  StageResult result{StageResult::Kind::kDropped, WhyOf(*change.event, events)};
  for (const v1::ChangeEvent& event : events) {
    PassingChange on = change;
    on.event = &event;
    result.wanted = next(on);
    if (StopsRun(event) && result.wanted) stopped_[ServiceKey(event)] = at.now;
    if (event.details_case() == change.event->details_case()) result.kind = StageResult::Kind::kPassed;
  }
  return result;
}

std::string_view CrashLoops::WhyOf(const v1::ChangeEvent& event,
                                   const std::vector<v1::ChangeEvent>& events) const {
  if (IsShortage(event)) return events.empty() ? "the crash loop of its service says more" : "";
  if (!IsFailure(event)) return "";
  const auto service = services_.find(ServiceKey(event));
  const bool in_loop = service != services_.end() && service->second.InLoop();
  if (in_loop && !service->second.reported)
    return "the update of its service has stopped, which was reported";
  if (!events.empty()) {
    return events.back().has_service_crash_loop()
               ? "it is the failure that begins a crash loop"
               : "the service has not failed often enough for a crash loop";
  }
  return in_loop ? "its service is in a crash loop, which has been reported"
                 : "the task before was rejected for the same reason";
}

void CrashLoops::Tick(const Moment& at, HandOn next) {
  for (const v1::ChangeEvent& over : EndCalmLoops(at.now, read_until_)) next({.event = &over, .own = true});
}

std::vector<v1::ChangeEvent> CrashLoops::Replace(const v1::ChangeEvent& event, absl::Time now) {
  if (IsUpdateStart(event) || EndsFailures(event)) stopped_.erase(ServiceKey(event));
  if (EndsFailures(event)) {
    services_.erase(ServiceKey(event));
    hidden_shortages_.erase(ServiceKey(event));
  }
  if (event.has_service_task_template_changed()) Renew(event);
  if (IsShortage(event)) return PassShortage(event);
  if (!IsFailure(event)) return {event};

  Failures& failures = services_[ServiceKey(event)];
  const bool is_loop = Count(failures, event, now);
  if (failures.InLoop()) return {};
  std::vector<v1::ChangeEvent> emitted;
  if (!RejectedAgain(failures.rejected, event)) emitted.push_back(event);
  failures.rejected = Rejection(event);
  if (!is_loop) return emitted;
  StartLoop(event);
  failures.reported = !stopped_.contains(ServiceKey(event));
  if (failures.reported) emitted.push_back(*failures.loop);
  return emitted;
}

void CrashLoops::StartLoop(const v1::ChangeEvent& failure) {
  const auto service = services_.find(ServiceKey(failure));
  if (service == services_.end() || !IsFailure(failure)) return;
  Failures& failures = service->second;
  failures.reported = true;
  if (failures.InLoop()) return;
  const v1::TaskSummary& task = failure.task_failed().task();
  // New settings clear the counts: this failure is then the only one.
  const bool cleared = failures.slots.empty();
  failures.total = cleared ? 1 : CountAll(failures.slots);
  failures.first = cleared ? failures.last : FirstOf(failures.slots);
  v1::ChangeEvent loop = ServiceEvent(
      failure, absl::StrCat("crash_loop:", task.service_id(), ":", failure.event_id()), failures.last);
  v1::ServiceCrashLoop& details = *loop.mutable_service_crash_loop();
  details.set_failures(failures.total);
  SetFailures({failures.total, failures.first, failures.last, failures.nodes}, task, details);
  failures.loop = std::move(loop);
  failures.renewed = false;
}

std::optional<FailureCount> CrashLoops::CountOf(const std::string& service) const {
  const auto known = services_.find(service);
  if (known == services_.end()) return std::nullopt;
  const Failures& failures = known->second;
  FailureCount count;
  count.failures = failures.loop ? failures.total : CountAll(failures.slots);
  count.first = failures.loop ? failures.first : FirstOf(failures.slots);
  count.last = failures.last;
  count.nodes = failures.nodes;
  return count;
}

bool CrashLoops::HasLoop(const std::string& service) const {
  const auto known = services_.find(service);
  return known != services_.end() && known->second.loop;
}

void CrashLoops::Renew(const v1::ChangeEvent& event) {
  const auto service = services_.find(ServiceKey(event));
  if (service == services_.end() || !service->second.loop) return;
  service->second.renewed = true;
  service->second.slots.clear();
  service->second.nodes.clear();
}

// A service that crashes all the time lacks tasks; the loop was reported and says more.
std::vector<v1::ChangeEvent> CrashLoops::PassShortage(const v1::ChangeEvent& event) {
  const std::string key = ServiceKey(event);
  if (event.has_service_recovered()) {
    return hidden_shortages_.erase(key) > 0 ? std::vector<v1::ChangeEvent>{} : std::vector{event};
  }
  const auto service = services_.find(key);
  if (service == services_.end() || !service->second.InLoop()) return {event};
  hidden_shortages_.insert_or_assign(key, event);
  return {};
}

// True if the slot has now failed often enough for a loop.
bool CrashLoops::Count(Failures& failures, const v1::ChangeEvent& event, absl::Time now) const {
  const absl::Time seen = SeenAt(event, now);
  failures.last = failures.last_arrival == absl::Time() ? seen : std::max(failures.last, seen);
  failures.last_arrival = now;
  failures.read_since = failures.last;
  std::deque<absl::Time>& times = failures.slots[SlotOf(event.task_failed().task())];
  times.push_back(seen);
  if (failures.InLoop()) {
    ++failures.total;
    if (static_cast<int>(times.size()) > config_.failures) times.pop_front();
    std::erase_if(failures.slots,
                  [&](const auto& slot) { return slot.second.back() < seen - config_.window; });
    return false;
  }
  // Names of nodes whose failures have left the window are kept until the service is calm: they say where.
  const std::string& node = event.task_failed().task().node_hostname();
  if (!node.empty()) failures.nodes.insert(node);
  DropBefore(seen - config_.window, failures.slots);
  return static_cast<int>(times.size()) >= config_.failures;
}

std::vector<v1::ChangeEvent> CrashLoops::EndCalmLoops(absl::Time now, const ReadUntil& read_until) {
  std::vector<v1::ChangeEvent> events;
  std::erase_if(stopped_, [&](const auto& stop) { return stop.second + config_.window <= now; });
  for (auto service = services_.begin(); service != services_.end();) {
    Failures& failures = service->second;
    if (now < Deadline(failures)) {
      ++service;
      continue;
    }
    if (failures.loop && !ReadForCalm(failures, read_until)) {
      failures.check_again = now + kCheckAgain;
      ++service;
      continue;
    }
    const auto shortage = hidden_shortages_.find(service->first);
    if (failures.loop && shortage != hidden_shortages_.end()) {
      // It no longer fails because it no longer runs.
      events.push_back(std::move(shortage->second));
      hidden_shortages_.erase(shortage);
    } else if (failures.loop && failures.reported) {
      v1::ChangeEvent over = *failures.loop;
      over.set_event_id(absl::StrCat("over:", failures.loop->event_id()));
      *over.mutable_observe_time() = ToProto(now);
      v1::ServiceCrashLoopOver& details = *over.mutable_service_crash_loop_over();
      details.set_failures(failures.total);
      *details.mutable_start_time() = ToProto(failures.first);
      *details.mutable_last_time() = ToProto(failures.last);
      events.push_back(std::move(over));
    }
    service = services_.erase(service);
  }
  return events;
}

std::vector<v1::ChangeEvent> CrashLoops::OpenLoops() const {
  std::vector<v1::ChangeEvent> loops;
  for (const auto& [key, failures] : services_) {
    if (failures.loop && failures.reported) loops.push_back(*failures.loop);
  }
  return loops;
}

bool CrashLoops::Restore(const v1::ChangeEvent& loop, absl::Time now) {
  if (!loop.has_service_crash_loop()) return false;
  Failures& failures = services_[ServiceKey(loop)];
  if (failures.loop) return false;
  failures.loop = loop;
  failures.total = loop.service_crash_loop().failures();
  failures.first = FromProto(loop.service_crash_loop().start_time());
  failures.last = FromProto(loop.service_crash_loop().last_time());
  failures.last_arrival = now;
  const auto& nodes = loop.service_crash_loop().nodes();
  failures.nodes.insert(nodes.begin(), nodes.end());
  // Failures that came after the loop began were not kept.
  failures.read_since = std::max(failures.last, now);
  return true;
}

std::vector<v1::ChangeEvent> CrashLoops::HiddenShortages() const {
  std::vector<v1::ChangeEvent> shortages;
  for (const auto& [key, shortage] : hidden_shortages_) shortages.push_back(shortage);
  return shortages;
}

void CrashLoops::RestoreShortage(const v1::ChangeEvent& shortage) {
  if (shortage.has_service_degraded()) PassShortage(shortage);
}

std::optional<absl::Time> CrashLoops::NextDeadline() const {
  std::optional<absl::Time> next;
  for (const auto& [key, failures] : services_) {
    const absl::Time deadline = Deadline(failures);
    if (!next || deadline < *next) next = deadline;
  }
  return next;
}

absl::Time CrashLoops::Deadline(const Failures& failures) const {
  if (!failures.loop) return failures.last_arrival + std::max(config_.window, kShortestMemory);
  return std::max(failures.last_arrival + Calm(failures), failures.check_again);
}

bool CrashLoops::ReadForCalm(const Failures& failures, const ReadUntil& read_until) const {
  const std::string& cluster_id = failures.loop->cluster().id();
  if (!read_until || cluster_id.empty()) return true;
  const std::optional<absl::Time> until = read_until(cluster_id);
  return until && *until >= failures.read_since + Calm(failures);
}

absl::Duration CrashLoops::Calm(const Failures& failures) const {
  absl::Duration longest;
  for (const auto& [slot, times] : failures.slots) {
    for (std::size_t i = 1; i < times.size(); ++i) longest = std::max(longest, times[i] - times[i - 1]);
  }
  return std::max(config_.calm, std::min(2 * longest, config_.window));
}

}  // namespace swarmbell
