#include "collector/poll/swarm_loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "collector/diff/diff.h"
#include "collector/diff/summaries.h"
#include "collector/poll/masked_texts.h"
#include "collector/poll/staleness.h"
#include "common/process/free_memory.h"
#include "common/process/log_value.h"

namespace swarmbell {
namespace {

// To find so many at once takes much memory for a moment.
constexpr std::size_t kManyChanges = 100;

std::string ClusterName(const PollOptions& options, const SwarmInfo& info) {
  if (!options.cluster_name.empty()) return options.cluster_name;
  // Every swarm that nobody named is called so.
  if (!info.cluster_name.empty() && info.cluster_name != "default") return info.cluster_name;
  return info.cluster_id.substr(0, 12);
}

template <typename T>
bool Differs(const std::optional<Objects<T>>& known, const std::optional<Objects<T>>& fresh) {
  return fresh && (!known || !known->IsSame(*fresh));
}

}  // namespace

DiffContext MakeDiffContext(const PollOptions& options, const Identity& identity) {
  DiffContext context;
  context.cluster = identity.cluster;
  context.observer = identity.observer;
  context.node_down_after = options.node_down_after;
  context.degraded_after = options.degraded_after;
  context.update_stalled_after = options.update_stalled_after;
  context.first_start_after = options.first_start_after;
  context.container_calm_after = options.container_calm_after;
  context.container_dead_after = options.container_dead_after;
  return context;
}

SwarmLoop::SwarmLoop(PollParts parts, SnapshotReader& reader, const PollOptions& options,
                     std::function<void(ContainerStart)> on_identity,
                     std::function<void(ListedTasks)> on_tasks)
    : parts_(parts),
      options_(options),
      on_identity_(std::move(on_identity)),
      on_tasks_(std::move(on_tasks)),
      reader_(reader),
      loop_(parts.clock, options.interval, options.debounce),
      info_(Endpoint::kInfo, parts),
      swarm_reader_(parts, reader, options),
      network_names_(parts, reader) {}

void SwarmLoop::Run(std::stop_token stop) {
  loop_.Run([this](bool timed, std::stop_token stopped) { return Round(timed, stopped); }, stop);
}

void SwarmLoop::OnServiceChanged(const std::string& service_id) {
  {
    const std::lock_guard lock(mutex_);
    const bool some = !service_id.empty() && next_order_.services.size() < kMostServicesInPart;
    if (some) next_order_.services.insert(service_id);
    next_order_.everything |= !some;
  }
  loop_.Wake();
}

void SwarmLoop::OnAnythingChanged() {
  {
    const std::lock_guard lock(mutex_);
    next_order_.everything = true;
    retry_now_ = true;
  }
  loop_.Wake();
}

void SwarmLoop::SetEventsFollowed(bool followed) {
  const std::lock_guard lock(mutex_);
  next_order_.events_followed = followed;
  // No event reports the changes before the stream began.
  next_order_.everything |= followed;
}

ReadOrder SwarmLoop::TakeOrder(bool timed) {
  const std::lock_guard lock(mutex_);
  ReadOrder order = std::exchange(next_order_, ReadOrder());
  next_order_.events_followed = order.events_followed;
  order.timed = timed;
  if (std::exchange(retry_now_, false)) {
    info_.RetryNow();
    swarm_reader_.RetryNow();
  }
  return order;
}

RoundEnd SwarmLoop::Round(bool timed, std::stop_token stop) {
  const ReadOrder order = TakeOrder(timed);
  again_ = false;
  asked_info_ = false;
  if (!cluster_id_.empty() || Identify(stop)) ReadAndCompare(order, stop);
  // The time may come while nothing is asked.
  if (!stop.stop_requested()) TellStaleness(parts_.board, parts_.sink, parts_.clock.Now());
  if (again_) return {.patience = absl::ZeroDuration()};
  return {.patience = Patience(order), .rest = swarm_reader_.Rest()};
}

void SwarmLoop::ReadAndCompare(const ReadOrder& order, std::stop_token stop) {
  Snapshot fresh = swarm_reader_.Read(order, known_, stop);
  if (fresh.services) network_names_.Expect(*fresh.services);
  unkept_ |= Differs(known_.services, fresh.services) || Differs(known_.nodes, fresh.nodes) ||
             Differs(known_.tasks, fresh.tasks);
  if (stop.stop_requested() || (!fresh.services && !fresh.nodes && !fresh.tasks)) return;

  if (HasDoubts(fresh)) in_doubt_ = true;
  if (in_doubt_ && (!Identify(stop) || again_)) return;
  if (fresh.tasks) on_tasks_({*fresh.tasks, swarm_reader_.TasksAskedAt()});
  fresh.network_names = network_names_.Get(stop);
  if (stop.stop_requested()) return;
  Compare(fresh);
}

void SwarmLoop::Compare(const Snapshot& fresh) {
  if (incomparable_) {
    AdoptTexts(fresh, known_);
    incomparable_ = !fresh.services || !fresh.nodes;
  }
  const std::size_t network_names = known_.network_names.size();
  std::vector<v1::ChangeEvent> events = FindChanges(fresh);
  const bool many = events.size() >= kManyChanges;
  ForgetGoneNetworks(fresh.network_names, known_.network_names);
  if (events.empty() && !unkept_ && known_.network_names.size() == network_names) return;
  parts_.sink.AppendAndKeep(parts_.sink.Generation(), std::move(events), KnownPart::kSwarm, known_);
  unkept_ = false;
  if (many) ReturnFreeMemory();
}

// With a first reading that lacks a part, nobody could say later which changes had been told.
std::vector<v1::ChangeEvent> SwarmLoop::FindChanges(const Snapshot& fresh) {
  NameObserver();
  const DiffContext context = MakeDiffContext(options_, *parts_.board.GetIdentity());
  std::vector<v1::ChangeEvent> events;
  const bool whole = fresh.services && fresh.nodes && fresh.tasks;
  if (std::exchange(recollects_, false) && whole) events = Recollect(fresh, context);
  std::vector<v1::ChangeEvent> seen = Diff(known_, fresh, context);
  events.insert(events.end(), std::make_move_iterator(seen.begin()), std::make_move_iterator(seen.end()));
  return events;
}

// /info tells the hostname alone, which another node may have too.
void SwarmLoop::NameObserver() {
  const std::string name = NodeName(known_, node_id_);
  Identity identity = *parts_.board.GetIdentity();
  const std::string& said = identity.observer.hostname();
  const bool same_host = absl::StartsWith(name, said) || absl::StartsWith(said, name);
  if (name.empty() || name == said || !same_host) return;
  identity.observer.set_hostname(name);
  parts_.board.SetIdentity(identity);
}

// True if the readings may be of another swarm than before, or of another engine in it.
bool SwarmLoop::HasDoubts(const Snapshot& fresh) const {
  return !fresh.services || !fresh.nodes || !fresh.tasks || !fresh.nodes->contains(node_id_);
}

std::optional<SwarmInfo> SwarmLoop::ReadInfo(std::stop_token stop) {
  std::string body;
  const auto keep = [&body](std::string_view piece) { return body.append(piece), absl::OkStatus(); };
  if (!info_.Ask(keep, stop)) return std::nullopt;
  absl::StatusOr<SwarmInfo> info = ParseInfo(body);
  if (!info.ok()) {
    info_.Failed(info.status());
    return std::nullopt;
  }
  info_.Succeeded(1);
  return *std::move(info);
}

// Without quorum an engine does not tell the swarm's identifier; its own in the swarm is then as good.
absl::StatusOr<SwarmInfo> SwarmLoop::ParseInfo(std::string_view body) const {
  absl::StatusOr<SwarmInfo> info = ReadSwarmInfo(body);
  if (!info.ok() || !info->cluster_id.empty()) return info;
  if (!info->node_id.empty() && info->node_id == node_id_) return info;
  if (info->locked) {
    return absl::FailedPreconditionError(
        "this manager is locked and waits for `docker swarm unlock`; `docker swarm unlock-key` on another "
        "manager "
        "shows the key");
  }
  return absl::FailedPreconditionError(
      "the Docker Engine does not say which swarm it manages: it is no manager, or its swarm has no "
      "leader; run the collector on a manager, or make this node one with `docker swarm init` or `docker "
      "node promote`");
}

// Says whether it is known now which swarm the engine is in.
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

void SwarmLoop::EnterSwarm(const SwarmInfo& info) {
  const bool is_new = cluster_id_ != info.cluster_id;
  cluster_id_ = info.cluster_id;
  node_id_ = info.node_id;
  Identity identity;
  identity.cluster.set_id(info.cluster_id);
  identity.cluster.set_name(ClusterName(options_, info));
  identity.observer.set_node_id(info.node_id);
  identity.observer.set_hostname(info.hostname);
  Known containers;
  if (is_new) containers = GoOn(info);
  parts_.board.SetIdentity(identity);
  if (!is_new) return;
  spdlog::info("Watching a swarm. cluster={} cluster_id={} node={} node_id={}",
               LogValue(identity.cluster.name()), info.cluster_id, LogValue(info.hostname), info.node_id);
  on_identity_({parts_.sink.Generation(), std::move(containers)});
}

// Goes on from what an earlier run knew, if that has been kept. Returns what it knew of the containers.
Known SwarmLoop::GoOn(const SwarmInfo& info) {
  KeptState kept = parts_.store.Begin({.cluster_id = info.cluster_id,
                                       .node_id = info.node_id,
                                       .mask_names = options_.masking.names,
                                       .ignored_labels = options_.ignored_labels});
  if (!has_marker_key_ && !kept.marker_key.empty()) reader_.UseMarkerKey(kept.marker_key);
  has_marker_key_ = true;
  known_ = std::move(kept.swarm);
  incomparable_ = kept.found && !kept.same_reader;
  recollects_ = !kept.found;
  unkept_ = true;
  return std::move(kept.containers);
}

void SwarmLoop::LeaveSwarm(const SwarmInfo& info) {
  spdlog::warn(
      "The engine is in another swarm now; all that was known is forgotten. previous_cluster_id={} "
      "cluster_id={}",
      cluster_id_, info.cluster_id);
  known_ = Known();
  swarm_reader_.Forget();
  network_names_.Forget();
  parts_.sink.Reset();
  again_ = true;
}

absl::Duration SwarmLoop::Patience(const ReadOrder& order) {
  // When /info was not needed, its time must not bring rounds that do not ask for it either.
  const absl::Duration info = asked_info_ ? info_.UntilRetry() : absl::InfiniteDuration();
  return std::min(info, swarm_reader_.Patience(order.events_followed));
}

}  // namespace swarmbell
