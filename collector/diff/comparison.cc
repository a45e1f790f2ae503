#include "collector/diff/comparison.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/event_id.h"

namespace swarmbell {
namespace {

std::string ChangeName(const v1::ChangeEvent& event) {
  const auto* field = v1::ChangeEvent::descriptor()->FindFieldByNumber(event.details_case());
  return field == nullptr ? std::string() : std::string(field->name());
}

}  // namespace

std::string TimeKey(std::optional<absl::Time> time) {
  return time ? absl::StrCat(absl::ToUnixNanos(*time)) : std::string();
}

void ForEachDueTask(Comparison& comparison, absl::FunctionRef<void(const Task&)> visit) {
  if (comparison.known.due.all) {
    for (const auto& [id, task] : *comparison.fresh.tasks) visit(*task);
    return;
  }
  for (const std::string& id : comparison.known.due.ids) {
    for (const Task* task : comparison.tasks_by_service.Of(id)) visit(*task);
  }
}

void ForEachDueService(const Comparison& comparison, absl::FunctionRef<void(const Service&)> visit) {
  const Known& known = comparison.known;
  if (known.due.all) {
    for (const auto& [id, service] : *known.services) visit(*service);
    return;
  }
  for (const std::string& id : known.due.ids) {
    const auto service = known.services->find(id);
    if (service != known.services->end()) visit(*service->second);
  }
}

void Tell(Comparison& comparison, const EventHead& head, v1::ChangeEvent event) {
  event.set_event_id(EventId({comparison.context.cluster.id(), head.resource.id(), ChangeName(event),
                              head.discriminator, head.identity_version}));
  *event.mutable_observe_time() = ToProto(comparison.fresh.read_time);
  if (head.occur_time) *event.mutable_occur_time() = ToProto(*head.occur_time);
  event.set_action(head.action);
  *event.mutable_resource() = head.resource;
  *event.mutable_cluster() = comparison.context.cluster;
  *event.mutable_observer() = comparison.context.observer;
  event.set_previous_version(head.previous_version);
  event.set_current_version(head.current_version);
  comparison.events.push_back(std::move(event));
}

}  // namespace swarmbell
