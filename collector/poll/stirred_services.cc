#include "collector/poll/stirred_services.h"

#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

// Calls `differs` with each object that only one of the listings has, which are ordered by identifier.
template <typename T, typename Differs>
void ForEachDifference(const Objects<T>& before, const Objects<T>& after, Differs differs) {
  if (before.IsSame(after)) return;
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() && now != after.end()) {
    const int order = (*old).first.compare((*now).first);
    if (order == 0 && (*old).second != (*now).second) differs(*(*now).second);
    if (order < 0) differs(*(*old).second);
    if (order > 0) differs(*(*now).second);
    if (order <= 0) ++old;
    if (order >= 0) ++now;
  }
  for (; old != before.end(); ++old) differs(*(*old).second);
  for (; now != after.end(); ++now) differs(*(*now).second);
}

}  // namespace

ServiceIds DifferentServices(const Objects<Service>& before, const Objects<Service>& after) {
  ServiceIds ids;
  ForEachDifference(before, after, [&ids](const Service& service) { ids.insert(service.id); });
  return ids;
}

ServiceIds DifferentServices(const Objects<Task>& before, const Objects<Task>& after) {
  ServiceIds ids;
  ForEachDifference(before, after, [&ids](const Task& task) { ids.insert(task.service_id); });
  return ids;
}

void StirredServices::Stir(const ServiceIds& ids, absl::Time now) {
  for (const std::string& id : ids) stirred_at_[id] = now;
}

ServiceIds StirredServices::Get(const Objects<Service>& services, const Known& known, std::size_t most,
                                absl::Time now) {
  std::erase_if(stirred_at_, [&](const auto& entry) {
    const absl::Duration calm = now - entry.second;
    return calm > kUntilCalm || calm < absl::ZeroDuration() || !services.contains(entry.first);
  });
  ServiceIds ids;
  for (const auto& [id, at] : stirred_at_) ids.insert(id);
  for (const auto& [id, service] : services) {
    if (RunsUpdate(*service)) ids.insert(id);
  }
  for (const bool told : {false, true}) {
    for (const auto& [id, shortage] : known.shortages) {
      if (told && ids.size() >= most) break;
      if (shortage.told == told && !shortage.running_at_baseline && services.contains(id)) ids.insert(id);
    }
  }
  return ids;
}

}  // namespace swarmbell
