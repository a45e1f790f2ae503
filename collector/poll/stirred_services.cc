#include "collector/poll/stirred_services.h"

#include "collector/diff/update_runs.h"
#include "collector/snapshot/objects.h"

namespace swarmbell {

ServiceIds DifferentServices(const Objects<Service>& before, const Objects<Service>& after) {
  ServiceIds ids;
  ForEachDifference(before, after, [&ids](const Service* old, const Service* now) {
    ids.insert(old == nullptr ? now->id : old->id);
  });
  return ids;
}

ServiceIds DifferentServices(const Objects<Task>& before, const Objects<Task>& after) {
  ServiceIds ids;
  ForEachDifference(before, after, [&ids](const Task* old, const Task* now) {
    if (old != nullptr) ids.insert(old->service_id);
    if (now != nullptr) ids.insert(now->service_id);
  });
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
      const bool is_told = !shortage.held_since;
      if (is_told == told && !shortage.running_at_baseline && services.contains(id)) ids.insert(id);
    }
  }
  return ids;
}

}  // namespace swarmbell
