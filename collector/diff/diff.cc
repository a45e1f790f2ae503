#include "collector/diff/diff.h"

#include <utility>

#include "collector/diff/comparison.h"

namespace swarmbell {
namespace {

template <typename T>
void Replace(std::optional<T>& known, std::optional<T>& before, const std::optional<T>& fresh) {
  if (fresh) before = std::exchange(known, fresh);
}

PreviousListings TakeFresh(Known& known, const Snapshot& fresh) {
  PreviousListings before;
  Replace(known.services, before.services, fresh.services);
  Replace(known.nodes, before.nodes, fresh.nodes);
  Replace(known.tasks, before.tasks, fresh.tasks);
  Replace(known.containers, before.containers, fresh.containers);
  for (const auto& [id, name] : fresh.network_names) known.network_names[id] = name;
  if (fresh.services && !fresh.server.empty()) {
    before.other_engine = !known.server.empty() && known.server != fresh.server;
    known.server = fresh.server;
  }
  return before;
}

}  // namespace

std::vector<v1::ChangeEvent> Diff(Known& known, const Snapshot& fresh, const DiffContext& context) {
  const PreviousListings before = TakeFresh(known, fresh);
  std::vector<v1::ChangeEvent> events;
  Comparison comparison{known, before, fresh, context, events};
  if (fresh.nodes) CompareNodes(comparison);
  if (fresh.services) CompareServices(comparison);
  if (fresh.tasks) {
    CompareShortages(comparison);
    CompareTasks(comparison);
    CompareUnschedulable(comparison);
  }
  if (fresh.containers) CompareContainers(comparison);
  return events;
}

}  // namespace swarmbell
