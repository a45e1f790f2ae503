#include "notifier/pipeline/crash_loop.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

// How soon a swarm that was not read may be read again.
constexpr absl::Duration kLookAgain = absl::Seconds(3);

bool Counts(const v1::ChangeEvent& event) {
  if (!event.has_task_failed() || event.task_failed().stopping()) return false;
  const v1::TaskState state = event.task_failed().current_state();
  return (state == v1::TASK_STATE_FAILED || state == v1::TASK_STATE_REJECTED) &&
         !event.task_failed().task().service_id().empty();
}

bool IsShortage(const v1::ChangeEvent& event) {
  return event.has_service_degraded() || event.has_service_recovered();
}

std::string Key(const v1::Cluster& cluster, const std::string& service_id) {
  return absl::StrCat(cluster.id(), "/", service_id);
}

// Why the task was rejected; empty if it was not.
std::string Rejection(const v1::ChangeEvent& event) {
  const bool rejected = event.task_failed().current_state() == v1::TASK_STATE_REJECTED;
  return rejected ? absl::StrCat("rejected ", event.task_failed().task().error()) : std::string();
}

bool RejectedAgain(const std::string& last, const v1::ChangeEvent& event) {
  return !last.empty() && last == Rejection(event);
}

// An event about the service of a task, seen where the task's was.
v1::ChangeEvent ServiceEvent(const v1::ChangeEvent& task_event, const std::string& id, absl::Time now) {
  v1::ChangeEvent event;
  event.set_event_id(id);
  *event.mutable_observe_time() = ToProto(now);
  event.set_action(v1::ACTION_UPDATED);
  *event.mutable_cluster() = task_event.cluster();
  *event.mutable_observer() = task_event.observer();
  v1::ResourceRef& resource = *event.mutable_resource();
  resource = task_event.resource();  // the stack and the labels are the service's
  resource.set_kind(v1::RESOURCE_KIND_SERVICE);
  resource.set_id(task_event.task_failed().task().service_id());
  resource.set_name(task_event.task_failed().task().service_name());
  return event;
}

}  // namespace

CrashLoops::CrashLoops(CrashLoopConfig config) : config_(config) {}

std::vector<v1::ChangeEvent> CrashLoops::Pass(const v1::ChangeEvent& event, absl::Time now) {
  if (event.has_service_disappeared()) {
    services_.erase(Key(event.cluster(), event.resource().id()));
    hidden_shortages_.erase(Key(event.cluster(), event.resource().id()));
  }
  if (event.has_service_task_template_changed()) Renew(event);
  if (IsShortage(event)) return PassShortage(event);
  if (!Counts(event)) return {event};

  const v1::TaskSummary& task = event.task_failed().task();
  Failures& failures = services_[Key(event.cluster(), task.service_id())];
  Count(failures, event, now);
  if (failures.InLoop()) return {};
  std::vector<v1::ChangeEvent> told;
  if (!RejectedAgain(failures.rejected, event)) told.push_back(event);
  failures.rejected = Rejection(event);
  if (static_cast<int>(failures.times.size()) < config_.failures) return told;

  failures.total = static_cast<std::uint32_t>(failures.times.size());
  failures.first = failures.times.front();
  v1::ChangeEvent loop = ServiceEvent(
      event, absl::StrCat("crash_loop:", task.service_id(), ":", event.event_id()), failures.last);
  v1::ServiceCrashLoop& details = *loop.mutable_service_crash_loop();
  details.set_failures(failures.total);
  *details.mutable_start_time() = ToProto(failures.first);
  *details.mutable_last_time() = ToProto(failures.last);
  *details.mutable_last_task() = task;
  for (const std::string& node : failures.nodes) details.add_nodes(node);
  failures.loop = loop;
  failures.renewed = false;
  told.push_back(std::move(loop));
  return told;
}

void CrashLoops::Renew(const v1::ChangeEvent& event) {
  const auto service = services_.find(Key(event.cluster(), event.resource().id()));
  if (service == services_.end() || !service->second.loop) return;
  service->second.renewed = true;
  service->second.times.clear();
  service->second.nodes.clear();
}

// A service that crashes all the time lacks tasks; the loop has been told and says more.
std::vector<v1::ChangeEvent> CrashLoops::PassShortage(const v1::ChangeEvent& event) {
  const std::string key = Key(event.cluster(), event.resource().id());
  if (event.has_service_recovered()) {
    return hidden_shortages_.erase(key) > 0 ? std::vector<v1::ChangeEvent>{} : std::vector{event};
  }
  const auto service = services_.find(key);
  if (service == services_.end() || !service->second.InLoop()) return {event};
  hidden_shortages_.insert_or_assign(key, event);
  return {};
}

void CrashLoops::Count(Failures& failures, const v1::ChangeEvent& event, absl::Time now) const {
  // What was found out afterwards was observed at once, but did not happen so.
  const absl::Time seen = event.recollected()        ? FromProto(event.occur_time())
                          : event.has_observe_time() ? FromProto(event.observe_time())
                                                     : now;
  failures.last = failures.last_arrival == absl::Time() ? seen : std::max(failures.last, seen);
  failures.last_arrival = now;
  failures.read_since = failures.last;
  failures.times.push_back(seen);
  if (failures.InLoop()) {
    ++failures.total;
    if (static_cast<int>(failures.times.size()) > config_.failures) failures.times.pop_front();
    return;
  }
  while (failures.times.front() < seen - config_.window) failures.times.pop_front();
  // Names of nodes whose failures have left the window are kept until the service is calm: they say where.
  const std::string& node = event.task_failed().task().node_hostname();
  if (!node.empty()) failures.nodes.insert(node);
}

std::vector<v1::ChangeEvent> CrashLoops::TakeOver(absl::Time now, const ReadUntil& read_until) {
  std::vector<v1::ChangeEvent> events;
  for (auto service = services_.begin(); service != services_.end();) {
    Failures& failures = service->second;
    if (now < Deadline(failures)) {
      ++service;
      continue;
    }
    if (failures.loop && !ReadForCalm(failures, read_until)) {
      failures.look_again = now + kLookAgain;
      ++service;
      continue;
    }
    const auto shortage = hidden_shortages_.find(service->first);
    if (failures.loop && shortage != hidden_shortages_.end()) {
      // It no longer fails because it no longer runs.
      events.push_back(std::move(shortage->second));
      hidden_shortages_.erase(shortage);
    } else if (failures.loop) {
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
    if (failures.loop) loops.push_back(*failures.loop);
  }
  return loops;
}

bool CrashLoops::Restore(const v1::ChangeEvent& loop, absl::Time now) {
  if (!loop.has_service_crash_loop()) return false;
  Failures& failures = services_[Key(loop.cluster(), loop.resource().id())];
  if (failures.loop) return false;
  failures.loop = loop;
  failures.total = loop.service_crash_loop().failures();
  failures.first = FromProto(loop.service_crash_loop().start_time());
  failures.last = FromProto(loop.service_crash_loop().last_time());
  failures.last_arrival = now;
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
  if (!failures.loop) return failures.last_arrival + config_.window;
  return std::max(failures.last_arrival + Calm(failures), failures.look_again);
}

bool CrashLoops::ReadForCalm(const Failures& failures, const ReadUntil& read_until) const {
  const std::string& cluster_id = failures.loop->cluster().id();
  if (!read_until || cluster_id.empty()) return true;
  const std::optional<absl::Time> until = read_until(cluster_id);
  return until && *until >= failures.read_since + Calm(failures);
}

absl::Duration CrashLoops::Calm(const Failures& failures) const {
  absl::Duration longest;
  for (std::size_t i = 1; i < failures.times.size(); ++i) {
    longest = std::max(longest, failures.times[i] - failures.times[i - 1]);
  }
  return std::max(config_.calm, std::min(2 * longest, config_.window));
}

}  // namespace swarmbell
