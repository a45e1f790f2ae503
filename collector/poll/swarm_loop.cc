#include "collector/poll/swarm_loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "collector/diff/diff.h"
#include "collector/diff/summaries.h"
#include "common/process/logging.h"
#include "common/process/process.h"

namespace swarmbell {
namespace {

// Finding this many changes at once takes much memory for a moment.
constexpr std::size_t kManyChanges = 100;

std::string ClusterName(const PollOptions& options, const SwarmInfo& info) {
  if (!options.cluster_name.empty()) return options.cluster_name;
  // "default" is the name of every swarm that was not named.
  if (!info.cluster_name.empty() && info.cluster_name != "default") return info.cluster_name;
  return info.cluster_id.substr(0, 12);
}

template <typename T>
bool Differs(const std::optional<Objects<T>>& known, const std::optional<Objects<T>>& fresh) {
  return fresh && (!known || !known->IsSame(*fresh));
}

// Calls `adopt(known, fresh)` with a copy of each object that was known and still exists.
template <typename T, typename Adopt>
void AdoptEach(const std::optional<Objects<T>>& fresh, std::optional<Objects<T>>& known, Adopt adopt) {
  if (!fresh || !known) return;
  typename Objects<T>::List adopted;
  for (const auto& [id, object] : *known) {
    const auto now = fresh->find(id);
    if (now == fresh->end()) {
      adopted.push_back(object);
      continue;
    }
    auto with_texts = std::make_shared<T>(*object);
    adopt(*with_texts, *now->second);
    adopted.push_back(std::move(with_texts));
  }
  known = Objects<T>::Of(std::move(adopted));
}

// Replaces known texts by the fresh ones after they became known under another masking: with another key,
// with other names, or with other ignored labels. It cannot be known if such a text has changed since, so
// no change is reported. All other known state of services and nodes stays.
void AdoptTexts(const Snapshot& fresh, Known& known) {
  AdoptEach(fresh.services, known.services, [](Service& service, const Service& now) {
    service.spec = now.spec;
    service.previous_spec = now.previous_spec;
    service.labels = now.labels;
  });
  AdoptEach(fresh.nodes, known.nodes, [](Node& node, const Node& now) { node.labels = now.labels; });
  known.settings = fresh.settings;
}

}  // namespace

SwarmLoop::SwarmLoop(EngineClient& engine, Clock& clock, StatusBoard& board, ChangeSink& sink,
                     SnapshotReader& reader, const PollOptions& options, ContainerLoop& containers)
    : clock_(clock),
      board_(board),
      sink_(sink),
      reader_(reader),
      options_(options),
      containers_(containers),
      loop_(clock, options.interval, options.debounce),
      info_(Endpoint::kInfo, engine, clock, board),
      swarm_reader_(engine, clock, board, reader, options),
      shared_reader_(engine, clock, board, reader, options) {}

void SwarmLoop::Run(std::stop_token stop) {
  loop_.Run([this](bool timed, std::stop_token stopped) { return Round(timed, stopped); }, stop);
}

void SwarmLoop::OnServiceChanged(const std::string& service_id) {
  {
    const MutexLock lock(mutex_);
    const bool named = !service_id.empty() && next_order_.services.size() < kMostServicesInPart;
    if (named) next_order_.services.insert(service_id);
    next_order_.everything |= !named;
  }
  loop_.Wake();
}

void SwarmLoop::OnSharedChanged(Endpoint endpoint) {
  {
    const MutexLock lock(mutex_);
    next_order_.shared.insert(endpoint);
  }
  loop_.Wake();
}

void SwarmLoop::OnAnythingChanged() {
  {
    const MutexLock lock(mutex_);
    next_order_.everything = true;
    retry_now_ = true;
  }
  loop_.Wake();
}

void SwarmLoop::Adopt(const std::vector<v1::ChangeEvent>& alarms) {
  if (!alarms_.Add(alarms, clock_.Now())) return;
  {
    const MutexLock lock(mutex_);
    next_order_.everything = true;
  }
  loop_.Wake();
}

// Adopts the alarms that wait, and returns what is over already. Requires a reading of all three lists.
std::vector<v1::ChangeEvent> SwarmLoop::Adopted(const Snapshot& fresh, const DiffContext& context) {
  // Otherwise the next reading is the first one.
  if (!known_.services || !known_.nodes || !known_.tasks) return {};
  std::vector<v1::ChangeEvent> alarms = alarms_.Take(swarm_reader_.ServicesAskedAt(), clock_.Now());
  if (alarms.empty()) return {};
  unsaved_ = true;
  std::vector<v1::ChangeEvent> events = AdoptAlarms(known_, alarms, fresh, context);
  alarms_.Add(alarms, clock_.Now());
  return events;
}

void SwarmLoop::SetEventsFollowed(bool followed) {
  const MutexLock lock(mutex_);
  next_order_.events_followed = followed;
  // No event reports the changes before the stream began.
  next_order_.everything |= followed;
}

ReadOrder SwarmLoop::NextOrder(bool timed) {
  const MutexLock lock(mutex_);
  ReadOrder order = std::exchange(next_order_, ReadOrder());
  next_order_.events_followed = order.events_followed;
  order.timed = timed;
  if (std::exchange(retry_now_, false)) {
    info_.RetryNow();
    swarm_reader_.RetryNow();
    shared_reader_.RetryNow();
  }
  return order;
}

NextRound SwarmLoop::Round(bool timed, std::stop_token stop) {
  const ReadOrder order = NextOrder(timed);
  new_swarm_ = false;
  asked_info_ = false;
  if (!cluster_id_.empty() || Identify(stop)) ReadOnce(order, stop);
  // The collector may become stale while nothing is read.
  if (!stop.stop_requested()) board_.EmitStaleness(clock_.Now());
  if (new_swarm_) return {.max_wait = absl::ZeroDuration()};
  // When /info was not needed, its retry must not bring a round that does not ask for it either.
  const absl::Duration info = asked_info_ ? info_.UntilRetry() : absl::InfiniteDuration();
  return {
      .max_wait = std::min({info, swarm_reader_.MaxWait(order.events_followed), shared_reader_.MaxWait()}),
      .min_wait = swarm_reader_.MinWait()};
}

// The steps of one reading of the swarm.
void SwarmLoop::ReadOnce(const ReadOrder& order, std::stop_token stop) {
  // Read: services, nodes and tasks, each whole, in part or not at all.
  Snapshot fresh = swarm_reader_.Read(order, known_, stop);
  // Complete: be sure of the swarm, and add what is read rarely.
  if (!Complete(order, fresh, stop)) return;
  // Compare with the known state, which becomes the fresh one.
  std::vector<v1::ChangeEvent> events = Compare(fresh);
  // Emit the changes into the log, then keep the known state in the store.
  EmitAndKeep(std::move(events));
}

// Returns false if there is nothing to compare.
bool SwarmLoop::Complete(const ReadOrder& order, Snapshot& fresh, std::stop_token stop) {
  shared_reader_.Request(order, swarm_reader_.nodes_changed());
  if (stop.stop_requested() || (!fresh.services && !fresh.nodes && !fresh.tasks)) return false;
  if (IsDoubtful(fresh)) in_doubt_ = true;
  if (in_doubt_ && (!Identify(stop) || new_swarm_)) return false;
  if (fresh.tasks) containers_.SetTasks({*fresh.tasks, swarm_reader_.TasksAskedAt()});
  shared_reader_.Read(known_, fresh, stop);
  return !stop.stop_requested();
}

std::vector<v1::ChangeEvent> SwarmLoop::Compare(const Snapshot& fresh) {
  unsaved_ |= Differs(known_.services, fresh.services) || Differs(known_.nodes, fresh.nodes) ||
              Differs(known_.tasks, fresh.tasks) || Differs(known_.secrets, fresh.secrets) ||
              Differs(known_.configs, fresh.configs) || Differs(known_.networks, fresh.networks) ||
              (fresh.settings && (!known_.settings || known_.settings->text != fresh.settings->text));
  if (incomparable_) {
    AdoptTexts(fresh, known_);
    incomparable_ = !fresh.services || !fresh.nodes;
  }
  NameObserver();
  const Identity identity = *board_.GetIdentity();
  const DiffContext context{options_.hold_times, identity.cluster, identity.observer};
  std::vector<v1::ChangeEvent> events;
  // Reconstruct nothing unless services, nodes and tasks were all read: otherwise we could not tell later
  // which changes were already reported.
  const bool whole = fresh.services && fresh.nodes && fresh.tasks;
  const bool first = std::exchange(first_reading_, false);
  if (first && whole) events = Recollect(fresh, context);
  if (!first && whole) events = Adopted(fresh, context);
  const std::size_t known_networks = known_.network_names.size();
  std::vector<v1::ChangeEvent> found = Diff(known_, fresh, context);
  events.insert(events.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  for (v1::ChangeEvent& progress : run_progress_.Next(known_, fresh, context)) {
    events.push_back(std::move(progress));
  }
  ForgetGoneNetworks(fresh.network_names, known_.network_names);
  unsaved_ |= !events.empty() || known_.network_names.size() != known_networks;
  return events;
}

void SwarmLoop::EmitAndKeep(std::vector<v1::ChangeEvent> events) {
  if (!std::exchange(unsaved_, false)) return;
  const bool many = events.size() >= kManyChanges;
  sink_.EmitAndKeep(sink_.Generation(), std::move(events), KnownPart::kSwarm, known_);
  if (many) ReturnFreeMemory();
}

// True if the lists may be of another swarm than before, or of another engine in it.
bool SwarmLoop::IsDoubtful(const Snapshot& fresh) const {
  return !fresh.services || !fresh.nodes || !fresh.tasks || !fresh.nodes->contains(node_id_);
}

// Returns true if the engine's swarm is known now.
bool SwarmLoop::Identify(std::stop_token stop) {
  asked_info_ = true;
  const std::optional<SwarmInfo> info = ReadInfo(stop);
  if (!info) return false;
  in_doubt_ = false;
  if (info->cluster_id.empty()) return true;
  if (!cluster_id_.empty() && info->cluster_id != cluster_id_) LeaveSwarm(*info);
  EnterSwarm(*info);
  return true;
}

std::optional<SwarmInfo> SwarmLoop::ReadInfo(std::stop_token stop) {
  std::string body;
  const auto append = [&body](std::string_view piece) { return body.append(piece), absl::OkStatus(); };
  if (!info_.Ask(append, stop)) return std::nullopt;
  absl::StatusOr<SwarmInfo> info = ParseInfo(body);
  if (!info.ok()) {
    info_.Failed(info.status());
    return std::nullopt;
  }
  info_.Succeeded(1);
  return *std::move(info);
}

// Without quorum an engine does not report the swarm's identifier. Its own in the swarm is enough then.
absl::StatusOr<SwarmInfo> SwarmLoop::ParseInfo(std::string_view body) const {
  absl::StatusOr<SwarmInfo> info = ReadSwarmInfo(body);
  if (!info.ok() || !info->cluster_id.empty()) return info;
  if (!info->node_id.empty() && info->node_id == node_id_) return info;
  if (info->locked) {
    return absl::FailedPreconditionError(
        "this manager is locked and waits for `docker swarm unlock`; `docker swarm unlock-key` on another "
        "manager shows the key");
  }
  return absl::FailedPreconditionError(
      "the Docker Engine does not say which swarm it manages: it is no manager, or its swarm has no "
      "leader; run the collector on a manager, or make this node one with `docker swarm init` or `docker "
      "node promote`");
}

void SwarmLoop::EnterSwarm(const SwarmInfo& info) {
  const bool is_new = cluster_id_ != info.cluster_id;
  cluster_id_ = info.cluster_id;
  node_id_ = info.node_id;
  Identity identity;
  identity.cluster.set_id(info.cluster_id);
  identity.cluster.set_name(ClusterName(options_, info));
  identity.observer.set_node_id(info.node_id);
  identity.observer.set_hostname(info.hostname);
  Known known_containers;
  if (is_new) known_containers = RestoreKnown(info);
  board_.SetIdentity(identity);
  if (!is_new) return;
  spdlog::info("Watching a swarm. cluster={} cluster_id={} node={} node_id={}",
               LogValue(identity.cluster.name()), info.cluster_id, LogValue(info.hostname), info.node_id);
  containers_.StartSwarm({sink_.Generation(), std::move(known_containers)});
}

// Continues from the state of an earlier run, if that was kept. Returns its state of the containers.
Known SwarmLoop::RestoreKnown(const SwarmInfo& info) {
  KeptState kept = sink_.Restore({.cluster_id = info.cluster_id,
                                  .node_id = info.node_id,
                                  .mask_names = options_.masking.names,
                                  .ignored_labels = options_.ignored_labels});
  if (!has_marker_key_ && !kept.marker_key.empty()) reader_.UseMarkerKey(kept.marker_key);
  has_marker_key_ = true;
  known_ = std::move(kept.swarm);
  incomparable_ = kept.found && !kept.same_reader;
  first_reading_ = !kept.found;
  alarms_.Begin(kept.found, clock_.Now());
  unsaved_ = true;
  return std::move(kept.containers);
}

void SwarmLoop::LeaveSwarm(const SwarmInfo& info) {
  spdlog::warn(
      "The engine is in another swarm now; dropped all known state. previous_cluster_id={} cluster_id={}",
      cluster_id_, info.cluster_id);
  known_ = Known();
  run_progress_ = {};
  swarm_reader_.Forget();
  shared_reader_.Forget();
  sink_.Reset();
  new_swarm_ = true;
}

// /info gives the hostname alone, which another node may have, too.
void SwarmLoop::NameObserver() {
  const std::string name = NodeName(known_, node_id_);
  Identity identity = *board_.GetIdentity();
  const std::string& hostname = identity.observer.hostname();
  const bool same_host = absl::StartsWith(name, hostname) || absl::StartsWith(hostname, name);
  if (name.empty() || name == hostname || !same_host) return;
  identity.observer.set_hostname(name);
  board_.SetIdentity(identity);
}

}  // namespace swarmbell
