#include "collector/diff/diff.h"

#include <utility>

#include "collector/diff/comparison.h"
#include "collector/diff/summaries.h"
#include "collector/diff/update_runs.h"
#include "collector/snapshot/differences.h"

namespace swarmbell {
namespace {

template <typename T>
void Replace(std::optional<T>& known, std::optional<T>& before, const std::optional<T>& fresh) {
  if (fresh) before = std::exchange(known, fresh);
}

// A leader that is cut off from the others goes on answering for some 15 seconds, and shows them as
// unreachable: what it says of nodes is its own view, not the swarm's.
bool SeesMostManagers(const Objects<Node>& nodes) {
  std::size_t managers = 0;
  std::size_t reachable = 0;
  for (const auto& [id, node] : nodes) {
    if (node->reachability == v1::NODE_REACHABILITY_UNSPECIFIED) continue;
    ++managers;
    if (node->reachability == v1::NODE_REACHABILITY_REACHABLE) ++reachable;
  }
  return managers == 0 || 2 * reachable > managers;
}

// True if no object of this kind can have changed.
template <typename T>
bool IsSame(const std::optional<Objects<T>>& before, const std::optional<Objects<T>>& fresh) {
  return before && fresh && before->IsSame(*fresh);
}

PreviousListings TakeFresh(Known& known, const Snapshot& fresh, bool believes_nodes) {
  PreviousListings before;
  Replace(known.services, before.services, fresh.services);
  if (believes_nodes) Replace(known.nodes, before.nodes, fresh.nodes);
  Replace(known.tasks, before.tasks, fresh.tasks);
  Replace(known.containers, before.containers, fresh.containers);
  for (const auto& [id, name] : fresh.network_names) known.network_names[id] = name;
  if (fresh.services && !fresh.server.empty()) {
    before.other_engine = !known.server.empty() && known.server != fresh.server;
    known.server = fresh.server;
  }
  return before;
}

void AddDifferentServices(const Comparison& comparison, DueServices& due) {
  if (!comparison.fresh.services) return;
  due.all |= !comparison.before.services;
  if (due.all) return;
  ForEachDifference(*comparison.before.services, *comparison.fresh.services,
                    [&](const Service* old, const Service* now) {
                      if (old != nullptr) due.ids.insert(old->id);
                      if (now != nullptr) due.ids.insert(now->id);
                    });
}

void AddServicesOfDifferentTasks(const Comparison& comparison, DueServices& due) {
  due.all |= !comparison.before.tasks;
  if (due.all) return;
  ForEachDifference(*comparison.before.tasks, *comparison.fresh.tasks, [&](const Task* old, const Task* now) {
    if (old != nullptr) due.ids.insert(old->service_id);
    if (now != nullptr) due.ids.insert(now->service_id);
  });
}

// A shortage is told once it has lasted, though nothing changes; so are tasks that find no node.
void AddWaiting(const Known& known, DueServices& due) {
  for (const auto& [id, shortage] : known.shortages) {
    if (shortage.held_since) due.ids.insert(id);
  }
  for (const auto& [id, since] : known.held_unschedulable) due.ids.insert(id);
}

// Time alone can make an update stall, and an update can end without a message of the engine.
bool MayHaveNews(const RunProgress& progress, const Service* service, const Comparison& comparison) {
  if (service == nullptr || !RunsUpdate(*service)) return true;
  const absl::Duration lasted = comparison.fresh.read_time - progress.since;
  const bool clock_was_set_back = lasted < absl::ZeroDuration();
  return clock_was_set_back || (!progress.stalled && lasted >= comparison.context.update_stalled_after);
}

void AddRunsUnderWay(const Comparison& comparison, DueServices& due) {
  for (const auto& [id, note] : comparison.known.service_notes) {
    if (!note.run || !note.run->progress) continue;
    const Service* service = FindService(comparison.known, id);
    if (MayHaveNews(*note.run->progress, service, comparison)) due.ids.insert(id);
  }
}

// Which tasks run depends on the nodes that are down.
void AddDue(const Comparison& comparison, bool same_nodes) {
  DueServices& due = comparison.known.due;
  due.all |= !same_nodes;
  AddDifferentServices(comparison, due);
  if (!comparison.fresh.tasks) return;
  AddServicesOfDifferentTasks(comparison, due);
  AddWaiting(comparison.known, due);
  AddRunsUnderWay(comparison, due);
}

}  // namespace

std::vector<v1::ChangeEvent> Diff(Known& known, const Snapshot& fresh, const DiffContext& context) {
  const bool believes_nodes = fresh.nodes && SeesMostManagers(*fresh.nodes);
  const PreviousListings before = TakeFresh(known, fresh, believes_nodes);
  std::vector<v1::ChangeEvent> events;
  Comparison comparison{known, before, fresh, context, events};
  const bool same_services = !fresh.services || IsSame(before.services, fresh.services);
  const bool same_nodes = !believes_nodes || IsSame(before.nodes, fresh.nodes);
  AddDue(comparison, same_nodes);
  if (believes_nodes) CompareNodes(comparison);
  if (!same_services) CompareServices(comparison);
  if (fresh.tasks && known.due.Any()) {
    CompareProgress(comparison);
    CompareTasks(comparison);
    CompareJobs(comparison);
    CompareUnschedulable(comparison);
    CompareShortages(comparison);  // last: does not repeat what the others have told
    known.due = {.all = false, .ids = {}};
  }
  if (fresh.containers) CompareContainers(comparison);
  return events;
}

}  // namespace swarmbell
