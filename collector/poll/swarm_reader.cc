#include "collector/poll/swarm_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "collector/diff/update_runs.h"
#include "collector/snapshot/objects.h"
#include "collector/snapshot/spec.h"

namespace swarmbell {
namespace {

// The engine shows an update 2 to 10 ms after the spec that it is for: the waits are 310 ms in all.
constexpr absl::Duration kFirstWait = absl::Milliseconds(10);
constexpr absl::Duration kLastWait = absl::Milliseconds(160);

// The fraction of the engine's share for full reads while events are followed. Events report every change of
// services, but of tasks only those that come with a change of their service: a task that fails on another
// node is found by reading alone. With 1,000 services and 10,000 tasks, the engine then spends about a tenth
// of the load that all lists each 10 s would be.
constexpr double kServicesFraction = 1.0 / 60;
constexpr double kTasksFraction = 1.0 / 15;

constexpr absl::Duration kAskForNetworksEvery = absl::Minutes(1);
constexpr std::size_t kMostGoneNetworks = 1000;

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

// The services that differ, or whose tasks do, between two listings.
template <typename T>
ServiceIds DifferentServices(const Objects<T>& before, const Objects<T>& after) {
  ServiceIds ids;
  ForEachDifference(before, after, [&ids](const T* old, const T* now) {
    if (old != nullptr) ids.insert(ServiceIdOf(*old));
    if (now != nullptr) ids.insert(ServiceIdOf(*now));
  });
  return ids;
}

bool IsSameRun(const std::optional<UpdateStatus>& before, const std::optional<UpdateStatus>& now) {
  if (!before || !now) return before.has_value() == now.has_value();
  return before->started_at == now->started_at && before->state == now->state;
}

bool HasNoTasks(const nlohmann::json& spec) {
  static const nlohmann::json::json_pointer kReplicas("/Mode/Replicated/Replicas");
  return spec.contains(kReplicas) && spec[kReplicas] == 0;
}

// True if the engine replaces tasks because of the difference.
bool StartsUpdate(const Service& before, const Service& now) {
  const nlohmann::json old_spec = ParseSpec(before.spec);
  const nlohmann::json new_spec = ParseSpec(now.spec);
  if (HasNoTasks(old_spec) && HasNoTasks(new_spec)) return false;
  const nlohmann::json none;
  const auto differs = [&](const char* part) {
    return old_spec.value(part, none) != new_spec.value(part, none);
  };
  return differs("TaskTemplate") || differs("EndpointSpec");
}

void AddNetworks(const nlohmann::json& owner, std::set<std::string>& targets) {
  const auto networks = owner.find("Networks");
  if (networks == owner.end() || !networks->is_array()) return;
  for (const nlohmann::json& network : *networks) {
    if (!network.is_object()) continue;
    const auto target = network.find("Target");
    if (target != network.end() && target->is_string()) targets.insert(target->get<std::string>());
  }
}

}  // namespace

void ActiveServices::Mark(const ServiceIds& ids, absl::Time now) {
  for (const std::string& id : ids) changed_at_[id] = now;
}

ServiceIds ActiveServices::Get(const Objects<Service>& services, const Known& known, std::size_t most,
                               absl::Time now) {
  std::erase_if(changed_at_, [&](const auto& entry) {
    const absl::Duration since = now - entry.second;
    return since > kActiveFor || since < absl::ZeroDuration() || !services.contains(entry.first);
  });
  ServiceIds ids;
  for (const auto& [id, at] : changed_at_) ids.insert(id);
  for (const auto& [id, service] : services) {
    if (RunsUpdate(*service)) ids.insert(id);
  }
  for (const bool reported : {false, true}) {
    for (const auto& [id, shortage] : known.shortages) {
      if (reported && ids.size() >= most) break;
      const bool is_reported = !shortage.held_since;
      if (is_reported == reported && !shortage.running_at_baseline && services.contains(id)) ids.insert(id);
    }
  }
  return ids;
}

ServiceIds ServicesAwaitingUpdate(const Objects<Service>& before, const Objects<Service>& now) {
  ServiceIds ids;
  ForEachDifference(before, now, [&ids](const Service* was, const Service* is) {
    if (was == nullptr || is == nullptr) return;
    const bool same_run = was->spec != is->spec && IsSameRun(was->update_status, is->update_status);
    if (same_run && StartsUpdate(*was, *is)) ids.insert(is->id);
  });
  return ids;
}

std::set<std::string> NetworksOf(const Service& service) {
  std::set<std::string> targets;
  const nlohmann::json spec = nlohmann::json::parse(service.spec, nullptr, false);
  if (!spec.is_object()) return targets;
  AddNetworks(spec, targets);  // engines before 29.0
  const auto task = spec.find("TaskTemplate");
  if (task != spec.end() && task->is_object()) AddNetworks(*task, targets);
  return targets;
}

void ForgetGoneNetworks(const std::map<std::string, std::string>& now,
                        std::map<std::string, std::string>& known) {
  // Without any name, they could not be read yet.
  if (!now.empty() && known.size() > now.size() + kMostGoneNetworks) known = now;
}

NetworkNames::NetworkNames(EngineClient& engine, Clock& clock, StatusBoard& board, SnapshotReader& reader)
    : clock_(clock), networks_(Endpoint::kNetworks, engine, clock, board, reader.Networks()) {}

void NetworkNames::SetServices(const Objects<Service>& services) {
  if (services.IsSame(services_)) return;
  for (const auto& [id, service] : services) {
    const auto before = services_.find(id);
    if (before != services_.end() && before->second == service) continue;
    for (const std::string& network : NetworksOf(*service)) {
      lacks_some_ |= !names_.contains(network);
    }
  }
  services_ = services;
}

const std::map<std::string, std::string>& NetworkNames::Get(std::stop_token stop) {
  read_ = false;
  const bool due = lacks_some_ && clock_.Now() - asked_at_ >= kAskForNetworksEvery;
  if (!due && !requested_) return names_;
  if (due) asked_at_ = clock_.Now();
  if (const Objects<SharedObject>* networks = networks_.Read(stop)) {
    requested_ = false;
    read_ = true;
    names_.clear();
    for (const auto& [id, network] : *networks) names_[id] = network->name;
    lacks_some_ = false;  // any others are removed networks, or no identifiers
  }
  return names_;
}

std::optional<Objects<SharedObject>> NetworkNames::OfSwarm() const {
  if (!read_) return std::nullopt;
  Objects<SharedObject>::List of_swarm;
  for (const auto& [id, network] : *networks_.Last()) {
    if (network->of_swarm) of_swarm.push_back(network);
  }
  return Objects<SharedObject>::OfAscending(std::move(of_swarm));
}

void NetworkNames::Forget() {
  networks_.Forget();
  requested_ = false;
  names_.clear();
  lacks_some_ = false;
  services_ = {};
  asked_at_ = absl::InfinitePast();
}

SwarmReader::SwarmReader(EngineClient& engine, Clock& clock, StatusBoard& board, SnapshotReader& reader,
                         const PollOptions& options)
    : clock_(clock),
      options_(options),
      services_(Endpoint::kServices, engine, clock, board, reader.Services(),
                ReadPace(options.EngineShare(), kServicesFraction), options.interval),
      nodes_(Endpoint::kNodes, engine, clock, board, reader.Nodes()),
      tasks_(Endpoint::kTasks, engine, clock, board, reader.Tasks(),
             ReadPace(options.EngineShare(), kTasksFraction), options.interval) {}

Snapshot SwarmReader::Read(const ReadOrder& order, const Known& known, std::stop_token stop) {
  for (ReadPace* pace : {&services_.pace(), &tasks_.pace()}) {
    if (order.timed) pace->Request();
    if (order.everything) pace->RequestUrgently();
  }
  changed_services_ = order.services;
  Snapshot fresh;
  ReadServices(order, fresh, stop);
  ReadNodes(fresh, stop);
  ReadTasks(order, known, fresh, stop);
  fresh.read_time = clock_.Now();
  fresh.server = fresh.services ? services_.server() : fresh.nodes ? nodes_.server() : tasks_.server();
  return fresh;
}

void SwarmReader::ReadServices(const ReadOrder& order, Snapshot& fresh, std::stop_token stop) {
  const std::optional<Objects<Service>> before = Copy(services_.Last());
  fresh.services = Copy(services_.ReadWhenDue(order.services, order.events_followed, stop));
  if (!before || !fresh.services) return;
  AwaitUpdates(*before, fresh, stop);
  changed_services_.merge(DifferentServices(*before, *fresh.services));
}

void SwarmReader::AwaitUpdates(const Objects<Service>& before, Snapshot& fresh, std::stop_token stop) {
  for (absl::Duration wait = kFirstWait; wait <= kLastWait; wait *= 2) {
    const ServiceIds awaiting = ServicesAwaitingUpdate(before, *fresh.services);
    if (awaiting.empty() || awaiting.size() > kMostServicesInPart) return;
    if (!clock_.Sleep(wait, stop)) return;
    fresh.services = Copy(services_.ReadServices(awaiting, stop));
  }
}

// When a node appears, disappears or changes, its tasks do too, some time later. After nodes could not be
// read, as without quorum, anything may have happened.
void SwarmReader::ReadNodes(Snapshot& fresh, std::stop_token stop) {
  const absl::Time start = clock_.Now();
  const bool knew = nodes_.Last() != nullptr;
  fresh.nodes = Copy(nodes_.Read(stop));
  const absl::Time end = clock_.Now();
  nodes_took_ = end - start;
  if (!fresh.nodes) {
    nodes_failed_ = true;
    return;
  }
  const bool back = std::exchange(nodes_failed_, false);
  if (back) services_.pace().RequestUrgently();
  if (back || (knew && nodes_.changed())) nodes_changed_at_ = end;
  if (end - nodes_changed_at_ <= kActiveFor && end >= nodes_changed_at_) tasks_.pace().RequestUrgently();
}

void SwarmReader::ReadTasks(const ReadOrder& order, const Known& known, Snapshot& fresh,
                            std::stop_token stop) {
  const absl::Time now = clock_.Now();
  active_services_.Mark(changed_services_, now);
  ServiceIds ids;
  if (fresh.services) {
    ids = order.timed ? active_services_.Get(*fresh.services, known, kMostServicesInPart, now)
                      : OnlyThoseIn(*fresh.services, changed_services_);
  }
  const std::optional<Objects<Task>> before = Copy(tasks_.Last());
  fresh.tasks = Copy(tasks_.ReadWhenDue(ids, order.events_followed, stop));
  if (before && fresh.tasks) active_services_.Mark(DifferentServices(*before, *fresh.tasks), now);
}

absl::Duration SwarmReader::MinWait() const {
  const absl::Duration took = services_.parts_took() + nodes_took_ + tasks_.parts_took();
  return std::clamp(took / options_.EngineShare(), absl::ZeroDuration(), options_.interval);
}

absl::Duration SwarmReader::MaxWait(bool events_followed) {
  const absl::Time now = clock_.Now();
  const auto until_read = [&](auto& list) {
    return list.Last() == nullptr ? list.UntilRetry() : list.pace().UntilDue(now, events_followed);
  };
  return std::min({until_read(services_), until_read(tasks_), nodes_.UntilRetry()});
}

void SwarmReader::RetryNow() {
  services_.RetryNow();
  nodes_.RetryNow();
  tasks_.RetryNow();
}

void SwarmReader::Forget() {
  services_.Forget();
  nodes_.Forget();
  tasks_.Forget();
  active_services_ = {};
}

}  // namespace swarmbell
