#include "collector/poll/swarm_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "collector/poll/unsettled_services.h"

namespace swarmbell {
namespace {

// The engine shows an update 2 to 10 ms after the spec that it is for, if it makes one: 310 ms are waited in
// all.
constexpr absl::Duration kFirstWait = absl::Milliseconds(10);
constexpr absl::Duration kLastWait = absl::Milliseconds(160);

// The engine's events tell whatever changes about services, but of tasks only what changes with their
// services: one that fails on another node is seen by reading alone. With 1,000 services and 10,000 tasks,
// the engine then spends about a tenth of what it would on all lists each 10 s.
constexpr double kServicesLeftByEvents = 1.0 / 60;
constexpr double kTasksLeftByEvents = 1.0 / 15;

const std::string& ServiceOf(const Service& service) { return service.id; }
const std::string& ServiceOf(const Task& task) { return task.service_id; }

template <typename T>
std::optional<Objects<T>> Copy(const Objects<T>* objects) {
  return objects == nullptr ? std::nullopt : std::optional(*objects);
}

ServiceIds OnlyThoseIn(const Objects<Service>& services, const ServiceIds& ids) {
  ServiceIds there;
  for (const std::string& id : ids) {
    if (services.contains(id)) there.insert(id);
  }
  return there;
}

}  // namespace

SwarmReader::SwarmReader(PollParts parts, SnapshotReader& reader, const PollOptions& options)
    : parts_(parts),
      options_(options),
      services_(Endpoint::kServices, parts, reader.Services(), options, kServicesLeftByEvents),
      nodes_(Endpoint::kNodes, parts, reader.Nodes()),
      tasks_(Endpoint::kTasks, parts, reader.Tasks(), options, kTasksLeftByEvents) {}

Snapshot SwarmReader::Read(const ReadOrder& order, const Known& known, std::stop_token stop) {
  for (ReadPace* pace : {&services_.pace(), &tasks_.pace()}) {
    if (order.timed) pace->Owe();
    if (order.everything) pace->OweSoon();
  }
  touched_ = order.services;
  Snapshot fresh;
  ReadServices(order, fresh, stop);
  ReadNodes(fresh, stop);
  ReadTasks(order, known, fresh, stop);
  fresh.read_time = parts_.clock.Now();
  fresh.server = fresh.services ? services_.reader().server()
                 : fresh.nodes  ? nodes_.server()
                                : tasks_.reader().server();
  return fresh;
}

void SwarmReader::ReadServices(const ReadOrder& order, Snapshot& fresh, std::stop_token stop) {
  const std::optional<Objects<Service>> before = Copy(services_.reader().Last());
  fresh.services = Copy(services_.Read(order.services, ServiceOf, order.events_followed, stop));
  if (!before || !fresh.services) return;
  Settle(*before, fresh, stop);
  touched_.merge(DifferentServices(*before, *fresh.services));
}

void SwarmReader::Settle(const Objects<Service>& before, Snapshot& fresh, std::stop_token stop) {
  for (absl::Duration wait = kFirstWait; wait <= kLastWait; wait *= 2) {
    const ServiceIds unsettled = UnsettledServices(before, *fresh.services);
    if (unsettled.empty() || unsettled.size() > kMostServicesInPart) return;
    if (!parts_.clock.Sleep(wait, stop)) return;
    fresh.services = Copy(services_.ReadPart(unsettled, ServiceOf, stop));
  }
}

// Where a node comes, goes or changes, so do tasks, if not at once. After nodes could not be read, as without
// quorum, anything may have happened.
void SwarmReader::ReadNodes(Snapshot& fresh, std::stop_token stop) {
  const absl::Time start = parts_.clock.Now();
  const bool knew = nodes_.Last() != nullptr;
  fresh.nodes = Copy(nodes_.Read(stop));
  const absl::Time end = parts_.clock.Now();
  nodes_took_ = end - start;
  if (!fresh.nodes) {
    nodes_failed_ = true;
    return;
  }
  const bool back = std::exchange(nodes_failed_, false);
  if (back) services_.pace().OweSoon();
  if (back || (knew && nodes_.changed())) nodes_changed_at_ = end;
  if (end - nodes_changed_at_ <= kUntilCalm && end >= nodes_changed_at_) tasks_.pace().OweSoon();
}

void SwarmReader::ReadTasks(const ReadOrder& order, const Known& known, Snapshot& fresh,
                            std::stop_token stop) {
  const absl::Time now = parts_.clock.Now();
  stirred_.Stir(touched_, now);
  ServiceIds ids;
  if (fresh.services) {
    ids = order.timed ? stirred_.Get(*fresh.services, known, kMostServicesInPart, now)
                      : OnlyThoseIn(*fresh.services, touched_);
  }
  const std::optional<Objects<Task>> before = Copy(tasks_.reader().Last());
  fresh.tasks = Copy(tasks_.Read(ids, ServiceOf, order.events_followed, stop));
  if (before && fresh.tasks) stirred_.Stir(DifferentServices(*before, *fresh.tasks), now);
}

absl::Duration SwarmReader::Rest() const {
  const absl::Duration took = services_.part_took() + nodes_took_ + tasks_.part_took();
  return std::clamp(took / options_.engine_share, absl::ZeroDuration(), options_.interval);
}

absl::Duration SwarmReader::Patience(bool events_followed) {
  const absl::Time now = parts_.clock.Now();
  const auto until_read = [&](auto& list) {
    if (list.reader().Last() == nullptr) return list.reader().source().UntilRetry();
    return list.pace().UntilDue(now, events_followed);
  };
  return std::min({until_read(services_), until_read(tasks_), nodes_.source().UntilRetry()});
}

void SwarmReader::RetryNow() {
  services_.reader().source().RetryNow();
  nodes_.source().RetryNow();
  tasks_.reader().source().RetryNow();
}

void SwarmReader::Forget() {
  services_.reader().Forget();
  nodes_.Forget();
  tasks_.reader().Forget();
  stirred_ = {};
}

}  // namespace swarmbell
