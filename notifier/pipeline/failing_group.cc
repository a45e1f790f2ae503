#include "notifier/pipeline/failing_group.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

void AddService(const v1::ChangeEvent& event, std::uint32_t failures,
                google::protobuf::RepeatedPtrField<v1::FailingService>& services) {
  v1::FailingService& service = *services.Add();
  service.set_service_id(ServiceIdOf(event));
  service.set_service_name(ServiceNameOf(event));
  service.set_stack(event.resource().stack());
  service.set_failures(failures);
}

void SortByName(google::protobuf::RepeatedPtrField<v1::FailingService>& services) {
  std::sort(services.begin(), services.end(), [](const auto& a, const auto& b) {
    return std::pair(a.service_name(), a.service_id()) < std::pair(b.service_name(), b.service_id());
  });
}

}  // namespace

bool FailingGroup::HasWaiting(const std::string& service) const {
  return std::any_of(waiting.begin(), waiting.end(),
                     [&](const Waiting& one) { return ServiceKey(one.event) == service; });
}

bool FailingGroup::StillFails() const {
  return std::any_of(members.begin(), members.end(),
                     [](const auto& member) { return member.second.failing; });
}

v1::ChangeEvent FailingGroup::Report(const v1::ChangeEvent& first, const v1::ChangeEvent& latest,
                                     const CrashLoops& loops) const {
  v1::ServicesFailing details;
  // The resource stays that of the first report: the rules have decided about that service.
  const v1::ChangeEvent* earliest = reported ? &*reported : &first;
  FailureCount all;
  all.first = absl::InfiniteFuture();
  all.last = absl::InfinitePast();
  for (const auto& [service, member] : members) {
    if (!member.failing) continue;
    const FailureCount count = loops.CountOf(service).value_or(FailureCount());
    AddService(member.event, std::max(count.failures, 1U), *details.mutable_services());
    if (count.failures == 0) continue;
    if (!reported && count.first < all.first) earliest = &member.event;
    all.first = std::min(all.first, count.first);
    all.last = std::max(all.last, count.last);
    all.nodes.insert(count.nodes.begin(), count.nodes.end());
  }
  SortByName(*details.mutable_services());
  details.set_error(reported ? reported->services_failing().error() : FailedTaskOf(first).error());
  SetFailures(all, FailedTaskOf(latest), details);
  v1::ChangeEvent event = ServiceEvent(*earliest, absl::StrCat("services_failing:", first.event_id()),
                                       all.first <= all.last ? all.last : FromProto(latest.observe_time()));
  *event.mutable_services_failing() = std::move(details);
  return event;
}

v1::ChangeEvent FailingGroup::End(absl::Time now) const {
  v1::ChangeEvent over = ServiceEvent(*reported, absl::StrCat("over:", reported->event_id()), now);
  v1::ServicesFailingOver& details = *over.mutable_services_failing_over();
  const v1::ServicesFailing& report = reported->services_failing();
  details.set_error(report.error());
  if (report.has_start_time()) *details.mutable_start_time() = report.start_time();
  absl::Time last_failure = FromProto(report.last_time());
  for (const auto& [service, member] : members) {
    AddService(member.event, member.failures, *details.mutable_services());
    last_failure = std::max(last_failure, member.last);
  }
  SortByName(*details.mutable_services());
  *details.mutable_last_time() = ToProto(last_failure);
  return over;
}

}  // namespace swarmbell
