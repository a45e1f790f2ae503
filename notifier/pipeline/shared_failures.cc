#include "notifier/pipeline/shared_failures.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

// With this many failures waiting they pass at once, so that a flood does not fill the memory.
constexpr std::size_t kMostWaiting = 1000;

// Otherwise a service's failures could be forgotten before its loop starts, and the report would never end.
static_assert(SharedFailures::kLongestWait < CrashLoops::kShortestMemory);

// The labels that decide if and to whom an alert goes, and who is mentioned.
constexpr const char* kSteeringLabels[] = {"swarmbell.enable", "swarmbell.colors", "swarmbell.receiver",
                                           "swarmbell.mention"};

bool MayBeShared(const v1::ChangeEvent& event) {
  return (IsRejection(event) || event.has_service_crash_loop()) && SaysWhy(FailedTaskOf(event).error());
}

// Equal for changes that may share a card.
std::string KeyOf(const v1::ChangeEvent& event) {
  std::string key = absl::StrCat(event.cluster().id(), "\n");
  const auto& labels = event.resource().labels();
  for (const char* name : kSteeringLabels) {
    const auto label = labels.find(name);
    absl::StrAppend(&key, label == labels.end() ? "" : label->second, "\n");
  }
  return absl::StrCat(key, NormalError(FailedTaskOf(event)));
}

// The report as the crash loop of the service that failed first.
v1::ChangeEvent LoopIn(const v1::ChangeEvent& failing) {
  v1::ChangeEvent loop = ServiceEvent(failing, failing.event_id(), FromProto(failing.observe_time()));
  const v1::ServicesFailing& from = failing.services_failing();
  v1::ServiceCrashLoop& details = *loop.mutable_service_crash_loop();
  *details.mutable_last_task() = from.last_task();
  *details.mutable_start_time() = from.start_time();
  *details.mutable_last_time() = from.last_time();
  *details.mutable_nodes() = from.nodes();
  return loop;
}

}  // namespace

StageResult SharedFailures::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  // The end of a crash loop, or the shortage that it hid.
  if (change.own && (event.has_service_crash_loop_over() || event.has_service_degraded())) {
    return PassEnd(change, at.now, next);
  }
  const std::string service = ServiceKey(event);
  if (EndsFailures(event)) Remove(service, at.now, next);
  // The changes that explain the failure share its card.
  const bool shared = MayBeShared(event);
  if (!shared && (IsFailedRun(event) || event.has_service_crash_loop())) EmitWaitingOf(service, at.now, next);
  if (event.has_service_task_template_changed()) {
    for (auto& [key, group] : groups_) {
      const auto member = group.members.find(service);
      if (member != group.members.end()) member->second.renewed = true;
    }
  }
  if (!shared) return PassOn(change, next);
  Group& group = GroupOf(event, at.now);
  group.last = at.now;
  if (group.reported) {
    if (AddToReported(group, event, at.now)) {
      return {StageResult::Kind::kWaits, "for the next card of the services that fail with this error"};
    }
    return {StageResult::Kind::kDropped,
            "its service is one of those that were reported as failing with this error"};
  }
  AddWaiting(group, change, at.now);
  return {StageResult::Kind::kWaits, "some seconds for other services that fail with the same error"};
}

std::string SharedFailures::SteeringOf(const v1::ChangeEvent& event, absl::Time now) const {
  return steering_ ? steering_(event, now) : "";
}

// No service joins a group that was reported long ago. A service stays in its group even if the rules decide
// differently about its crash loop than about its rejection.
FailingGroup& SharedFailures::GroupOf(const v1::ChangeEvent& event, absl::Time now) {
  const std::string key = KeyOf(event);
  const std::string service = ServiceKey(event);
  const std::string steering = SteeringOf(event, now);
  Group* joined = nullptr;
  const auto [begin, end] = groups_.equal_range(key);
  for (auto place = begin; place != end; ++place) {
    Group& group = place->second;
    const bool is_in = group.members.contains(service);
    if (is_in && (group.reported || !group.waiting.empty())) return group;
    if (group.steering != steering) continue;
    if (!group.reported || now < group.reported_at + window_) joined = &group;
  }
  if (joined != nullptr) return *joined;
  Group& group = groups_.emplace(key, Group())->second;
  group.steering = steering;
  return group;
}

void SharedFailures::AddWaiting(Group& group, const PassingChange& change, absl::Time now) {
  const v1::ChangeEvent& event = *change.event;
  const std::string service = ServiceKey(event);
  const bool waits =
      std::any_of(group.waiting.begin(), group.waiting.end(), [&](const FailingGroup::Waiting& other) {
        return ServiceKey(other.event) == service && other.event.details_case() == event.details_case();
      });
  if (waits) return;
  const auto [member, is_new] = group.members.try_emplace(service);
  member->second.event = event;
  if (group.waiting.empty()) group.start = now;
  if (group.waiting.empty() || is_new) group.due = std::min(now + kWait, group.start + kLongestWait);
  group.waiting.push_back({event, change.hold});
  if (group.waiting.size() >= kMostWaiting) group.due = now;
}

bool SharedFailures::AddToReported(Group& group, const v1::ChangeEvent& event, absl::Time now) {
  const auto [member, is_new] = group.members.try_emplace(ServiceKey(event));
  if (!is_new && member->second.failing && !member->second.renewed) return false;
  const absl::Time at_best = member->second.renewed ? now : group.reported_at + window_;
  member->second = FailingGroup::Member();
  member->second.event = event;
  member->second.joined = true;
  loops_->StartLoop(event);
  group.reported = group.Report(event, event, *loops_);
  group.due = std::min(group.due, std::max(now + kWait, at_best));
  return true;
}

void SharedFailures::Tick(const Moment& at, HandOn next) {
  for (auto place = groups_.begin(); place != groups_.end();) {
    Group& group = place->second;
    if (DeadlineOf(group).value_or(absl::InfiniteFuture()) > at.now) {
      ++place;
    } else if (group.due <= at.now) {
      EmitDue(group, at.now, next);
      place = EndIfOver(place, at.now, next);
    } else {
      place = groups_.erase(place);
    }
  }
}

void SharedFailures::Flush(const Moment& at, HandOn next) {
  for (auto place = groups_.begin(); place != groups_.end();) {
    Group& group = place->second;
    if (group.due < absl::InfiniteFuture()) EmitDue(group, at.now, next);
    place = EndIfOver(place, at.now, next);
  }
}

void SharedFailures::EmitDue(Group& group, absl::Time now, HandOn next) {
  group.due = absl::InfiniteFuture();
  if (group.reported) {
    EmitJoined(group, now, next);
    return;
  }
  if (!EmitTogether(group, now, next)) {
    for (const FailingGroup::Waiting& waiting : group.waiting)
      next({.event = &waiting.event, .hold = waiting.hold});
  }
  group.waiting.clear();
}

void SharedFailures::EmitJoined(Group& group, absl::Time now, HandOn next) {
  const auto report_now = [&] {
    v1::ChangeEvent failing = group.Report(*group.reported, *group.reported, *loops_);
    failing.set_event_id(group.reported->event_id());
    return failing;
  };
  group.reported = report_now();
  group.reported_at = now;
  if (next({.event = &*group.reported, .own = true})) {
    for (auto& [service, member] : group.members) member.joined = false;
    return;
  }
  // No rule wants the card any longer: services that joined, and the ends of their failures, are reported one
  // by one.
  std::erase_if(group.members, [&](const auto& member) {
    if (!member.second.joined) return false;
    next({.event = &member.second.event, .own = true});
    return true;
  });
  if (group.StillFails()) group.reported = report_now();
}

bool SharedFailures::EmitTogether(Group& group, absl::Time now, HandOn next) {
  std::vector<std::shared_ptr<Receipt>> holds;
  for (const FailingGroup::Waiting& waiting : group.waiting) holds.push_back(waiting.hold);
  std::erase_if(group.members, [&](const auto& member) {
    return !group.HasWaiting(member.first) && !loops_->CountOf(member.first);
  });
  if (group.members.size() < 2) return false;
  const v1::ChangeEvent failing =
      group.Report(group.waiting.front().event, group.waiting.back().event, *loops_);
  if (!next({.event = &failing, .hold = Receipt::Join(std::move(holds))})) return false;
  group.reported = failing;
  group.reported_at = now;
  for (auto& [service, member] : group.members) {
    member.renewed = false;
    loops_->StartLoop(member.event);
  }
  return true;
}

void SharedFailures::EmitWaitingOf(const std::string& service, absl::Time now, HandOn next) {
  for (auto& [key, group] : groups_) {
    if (group.HasWaiting(service)) EmitDue(group, now, next);
  }
}

StageResult SharedFailures::PassEnd(const PassingChange& change, absl::Time now, HandOn next) {
  const v1::ChangeEvent& over = *change.event;
  const std::string service = ServiceKey(over);
  EmitWaitingOf(service, now, next);
  bool is_part = false;
  for (auto place = groups_.begin(); place != groups_.end();) {
    Group& group = place->second;
    const auto member = group.members.find(service);
    if (member == group.members.end()) {
      ++place;
      continue;
    }
    if (group.reported && over.has_service_crash_loop_over()) {
      is_part = true;
      member->second.failing = false;
      member->second.failures = over.service_crash_loop_over().failures();
      member->second.last = FromProto(over.service_crash_loop_over().last_time());
    } else {
      group.members.erase(member);
    }
    place = EndIfOver(place, now, next);
  }
  if (!is_part) return PassOn(change, next);
  return {StageResult::Kind::kWaits, "until all services that were reported together have stopped failing"};
}

void SharedFailures::Remove(const std::string& service, absl::Time now, HandOn next) {
  for (auto place = groups_.begin(); place != groups_.end();) {
    Group& group = place->second;
    if (group.members.erase(service) == 0) {
      ++place;
      continue;
    }
    std::erase_if(group.waiting,
                  [&](const FailingGroup::Waiting& waiting) { return ServiceKey(waiting.event) == service; });
    if (group.reported) {
      auto& services = *group.reported->mutable_services_failing()->mutable_services();
      services.erase(std::remove_if(services.begin(), services.end(),
                                    [&](const v1::FailingService& one) {
                                      return ServiceKey(group.reported->cluster(), one.service_id()) ==
                                             service;
                                    }),
                     services.end());
    }
    if (!group.reported && group.waiting.empty()) group.due = absl::InfiniteFuture();
    place = EndIfOver(place, now, next);
  }
}

SharedFailures::Groups::iterator SharedFailures::EndIfOver(Groups::iterator place, absl::Time now,
                                                           HandOn next) {
  const Group& group = place->second;
  if (group.StillFails()) return std::next(place);
  if (group.reported && !group.members.empty()) {
    const v1::ChangeEvent over = group.End(now);
    next({.event = &over, .own = true});
  }
  return groups_.erase(place);
}

void SharedFailures::MarkLost() {
  for (const auto& [key, group] : groups_) {
    for (const FailingGroup::Waiting& waiting : group.waiting) waiting.hold->MarkLost();
  }
}

std::vector<v1::ChangeEvent> SharedFailures::Open() const {
  std::vector<v1::ChangeEvent> open;
  for (const auto& [key, group] : groups_) {
    if (group.reported) open.push_back(*group.reported);
  }
  return open;
}

bool SharedFailures::Restore(const v1::ChangeEvent& failing, absl::Time now) {
  Group group;
  for (const v1::FailingService& service : failing.services_failing().services()) {
    const std::string key = ServiceKey(failing.cluster(), service.service_id());
    const bool known = std::any_of(groups_.begin(), groups_.end(), [&](const auto& other) {
      return other.second.reported && other.second.members.contains(key);
    });
    if (known) return false;
    FailingGroup::Member& member = group.members[key];
    member.event = ServiceEvent(failing, failing.event_id(), FromProto(failing.observe_time()));
    member.event.mutable_resource()->set_id(service.service_id());
    member.event.mutable_resource()->set_name(service.service_name());
    if (service.service_id() != failing.resource().id())
      member.event.mutable_resource()->set_stack(service.stack());
    member.failing = loops_->HasLoop(key);
    member.failures = service.failures();
  }
  if (!group.StillFails()) return false;
  group.reported = failing;
  group.reported_at = group.last = now;
  group.steering = SteeringOf(LoopIn(failing), now);
  groups_.emplace(KeyOf(failing), std::move(group));
  return true;
}

bool SharedFailures::IsPart(const v1::ChangeEvent& loop) const {
  return std::any_of(groups_.begin(), groups_.end(), [service = ServiceKey(loop)](const auto& group) {
    return group.second.reported && group.second.members.contains(service);
  });
}

std::optional<absl::Time> SharedFailures::NextDeadline() const {
  std::optional<absl::Time> next;
  for (const auto& [key, group] : groups_) {
    const std::optional<absl::Time> deadline = DeadlineOf(group);
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  return next;
}

// When the group must be reported, or a failure that was reported by itself no longer counts.
std::optional<absl::Time> SharedFailures::DeadlineOf(const Group& group) const {
  if (group.due < absl::InfiniteFuture()) return group.due;
  if (group.reported) return std::nullopt;
  return group.last + window_;
}

}  // namespace swarmbell
