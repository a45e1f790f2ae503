#include "collector/diff/diff.h"

#include <openssl/evp.h>

#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/origin.h"
#include "collector/diff/update_runs.h"
#include "common/change/change_field.h"

namespace swarmbell {
namespace {

// The engine gives leadership and reachability no version. A change of them that repeats within this time
// counts as the same change.
constexpr absl::Duration kUnversionedSpan = absl::Minutes(5);

template <typename T>
void Replace(std::optional<T>& known, std::optional<T>& before, const std::optional<T>& fresh) {
  if (fresh) before = std::exchange(known, fresh);
}

// A leader that is cut off from the other managers still answers for about 15 seconds, and shows them as
// unreachable: its view of the nodes is then not the swarm's.
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

PreviousListings AdoptFresh(Known& known, const Snapshot& fresh, bool trusts_nodes) {
  PreviousListings before;
  Replace(known.services, before.services, fresh.services);
  if (trusts_nodes) Replace(known.nodes, before.nodes, fresh.nodes);
  Replace(known.tasks, before.tasks, fresh.tasks);
  Replace(known.containers, before.containers, fresh.containers);
  Replace(known.secrets, before.secrets, fresh.secrets);
  Replace(known.configs, before.configs, fresh.configs);
  Replace(known.networks, before.networks, fresh.networks);
  Replace(known.settings, before.settings, fresh.settings);
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

// Shortages, and tasks that find no node, are reported after a hold time, even if nothing changes.
void AddHeld(const Known& known, DueServices& due) {
  for (const auto& [id, shortage] : known.shortages) {
    if (shortage.held_since) due.ids.insert(id);
  }
  for (const auto& [id, since] : known.held_unschedulable) due.ids.insert(id);
}

// Time alone can make an update stall, and an update can end without a message from the engine.
bool MayHaveChanged(const RunProgress& progress, const Service* service, const Comparison& comparison) {
  if (service == nullptr || !RunsUpdate(*service)) return true;
  const absl::Duration lasted = comparison.fresh.read_time - progress.since;
  const bool clock_was_set_back = lasted < absl::ZeroDuration();
  return clock_was_set_back || (!progress.stalled && lasted >= comparison.context.update_stalled_after);
}

void AddRunsInProgress(const Comparison& comparison, DueServices& due) {
  for (const auto& [id, note] : comparison.known.service_notes) {
    if (!note.run || (!note.run->progress && !note.run->failed)) continue;
    const Service* service = FindService(comparison.known, id);
    const bool left = service == nullptr || IsLeftFailed(*note.run, *service);
    if (left || (note.run->progress && MayHaveChanged(*note.run->progress, service, comparison)))
      due.ids.insert(id);
  }
}

// A change of the nodes makes all services due, because tasks on nodes that are down do not count as running.
void AddDue(const Comparison& comparison, bool same_nodes) {
  DueServices& due = comparison.known.due;
  due.all |= !same_nodes;
  AddDifferentServices(comparison, due);
  if (!comparison.fresh.tasks) return;
  AddServicesOfDifferentTasks(comparison, due);
  AddHeld(comparison.known, due);
  AddRunsInProgress(comparison, due);
}

}  // namespace

std::string EventId(const ChangeIdentity& identity) {
  constexpr std::size_t kBytes = 16;
  const char kSeparator[] = "\x1f";
  const std::string text =
      absl::StrCat(identity.cluster_id, kSeparator, identity.object_id, kSeparator, identity.change,
                   kSeparator, identity.discriminator, kSeparator, identity.version);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(std::string(digest.begin(), digest.begin() + kBytes));
}

const TaskList& TasksByService::Of(const std::string& service_id) {
  static const auto* const none = new TaskList();
  if (!known_.tasks) return *none;
  const bool due = !known_.due.all && known_.due.ids.contains(service_id);
  if (due && !has_all_ && !std::exchange(has_due_, true)) FillDue();
  if (!due && !std::exchange(has_all_, true)) FillAll();
  const auto found = tasks_.find(service_id);
  return found == tasks_.end() ? *none : found->second;
}

void TasksByService::FillDue() {
  for (const std::string& id : known_.due.ids) tasks_[id];
  for (const auto& [id, task] : *known_.tasks) {
    const auto found = tasks_.find(task->service_id.str());
    if (found != tasks_.end()) found->second.push_back(task.get());
  }
}

void TasksByService::FillAll() {
  tasks_.clear();
  for (const auto& [id, task] : *known_.tasks) tasks_[task->service_id.str()].push_back(task.get());
}

std::string TimeKey(std::optional<absl::Time> time) {
  return time ? absl::StrCat(absl::ToUnixNanos(*time)) : std::string();
}

std::string UnversionedKey(const Comparison& comparison) {
  const auto seconds = absl::ToUnixSeconds(comparison.fresh.read_time);
  return absl::StrCat(seconds / absl::ToInt64Seconds(kUnversionedSpan));
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

EventHead ServiceStateHead(const Service& service, std::string discriminator) {
  EventHead head;
  head.resource = ServiceResource(service);
  head.current_version = service.version;
  head.discriminator = std::move(discriminator);
  return head;
}

void SetRunning(const Comparison& comparison, const Service& service, EventHead& head) {
  head.origin = RunningRevision(service);
  head.can_roll_back = CanRollBackRecent(service, comparison.fresh.read_time);
}

void EmitEvent(Comparison& comparison, const EventHead& head, v1::ChangeEvent event) {
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
  if (head.origin) *event.mutable_origin() = *head.origin;
  event.set_can_roll_back(head.can_roll_back);
  comparison.events.push_back(std::move(event));
}

std::vector<v1::ChangeEvent> Diff(Known& known, const Snapshot& fresh, const DiffContext& context) {
  const bool trusts_nodes = fresh.nodes && SeesMostManagers(*fresh.nodes);
  const PreviousListings before = AdoptFresh(known, fresh, trusts_nodes);
  std::vector<v1::ChangeEvent> events;
  Comparison comparison{known, before, fresh, context, events};
  const bool same_services = !fresh.services || IsSame(before.services, fresh.services);
  const bool same_nodes = !trusts_nodes || IsSame(before.nodes, fresh.nodes);
  AddDue(comparison, same_nodes);
  if (trusts_nodes) CompareNodes(comparison);
  if (fresh.settings) CompareSwarmSettings(comparison);
  CompareSharedObjects(comparison);  // before the services that use them
  if (!same_services) CompareServices(comparison);
  if (fresh.tasks && known.due.Any()) {
    CompareProgress(comparison);
    CompareTasks(comparison);
    CompareJobs(comparison);
    CompareUnschedulable(comparison);
    CompareShortages(comparison);  // last: it does not repeat what the others reported
    known.due = {.all = false, .ids = {}};
  }
  if (fresh.containers) CompareContainers(comparison);
  return events;
}

}  // namespace swarmbell
