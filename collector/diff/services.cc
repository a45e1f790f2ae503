// Services that appear, differ and disappear.

#include <utility>

#include "collector/diff/comparison.h"
#include "collector/diff/service_changes.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/differences.h"

namespace swarmbell {
namespace {

void TellAppeared(Comparison& comparison, const Service& service) {
  EventHead head;
  head.action = v1::ACTION_CREATED;
  head.resource = ServiceResource(service);
  head.current_version = service.version;
  head.occur_time = service.created_at;
  v1::ChangeEvent event;
  auto& appeared = *event.mutable_service_appeared();
  *appeared.mutable_service() = SummarizeService(service, comparison.known);
  if (service.update_status) appeared.set_update_state(service.update_status->state);
  Tell(comparison, head, std::move(event));
}

void TellDisappeared(Comparison& comparison, const Service& service) {
  EventHead head;
  head.action = v1::ACTION_REMOVED;
  head.resource = ServiceResource(service);
  head.previous_version = service.version;
  v1::ChangeEvent event;
  *event.mutable_service_disappeared()->mutable_service() = SummarizeService(service, comparison.known);
  Tell(comparison, head, std::move(event));
}

void CompareOne(Comparison& comparison, const Service& before, const Service& now) {
  CompareSpecs(comparison, before, now);
  CompareRuns(comparison, before, now);
}

}  // namespace

void CompareServices(Comparison& comparison) {
  const Objects<Service>& now = *comparison.fresh.services;
  if (!comparison.before.services) {
    for (const auto& [id, service] : now) RememberRun(comparison, *service);
    return;
  }
  const Objects<Service>& before = *comparison.before.services;
  ForEachDifference(before, now, [&](const Service* old, const Service* service) {
    if (service != nullptr) return;
    TellDisappeared(comparison, *old);
    comparison.known.service_notes.erase(old->id);
  });
  ForEachDifference(before, now, [&](const Service* old, const Service* service) {
    if (service == nullptr) return;
    if (old != nullptr) return CompareOne(comparison, *old, *service);
    TellAppeared(comparison, *service);
    if (!IsJob(*service)) comparison.known.service_notes[service->id].first_start = true;
    TellFirstRun(comparison, *service);
  });
}

}  // namespace swarmbell
