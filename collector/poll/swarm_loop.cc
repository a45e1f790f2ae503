#include "collector/poll/swarm_loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "collector/diff/recollect.h"
#include "collector/poll/masked_texts.h"
#include "common/process/log_value.h"

namespace swarmbell {
namespace {

std::string ClusterName(const PollOptions& options, const SwarmInfo& info) {
  if (!options.cluster_name.empty()) return options.cluster_name;
  // Every swarm that nobody named is called so.
  if (!info.cluster_name.empty() && info.cluster_name != "default") return info.cluster_name;
  return info.cluster_id.substr(0, 12);
}

template <typename T>
std::optional<Objects<T>> Copy(const Objects<T>* objects) {
  return objects == nullptr ? std::nullopt : std::optional(*objects);
}

}  // namespace

DiffContext MakeDiffContext(const PollOptions& options, const Identity& identity) {
  DiffContext context;
  context.cluster = identity.cluster;
  context.observer = identity.observer;
  context.node_down_after = options.node_down_after;
  context.degraded_after = options.degraded_after;
  context.container_calm_after = options.container_calm_after;
  context.container_dead_after = options.container_dead_after;
  return context;
}

SwarmLoop::SwarmLoop(PollParts parts, SnapshotReader& reader, const PollOptions& options,
                     std::function<void(Known)> on_identity)
    : parts_(parts),
      options_(options),
      on_identity_(std::move(on_identity)),
      reader_(reader),
      loop_(parts.clock, options.interval, options.debounce),
      info_(Endpoint::kInfo, parts),
      services_(Endpoint::kServices, parts, reader.Services()),
      nodes_(Endpoint::kNodes, parts, reader.Nodes()),
      tasks_(Endpoint::kTasks, parts, reader.Tasks()),
      network_names_(parts, reader) {}

void SwarmLoop::Run(std::stop_token stop) {
  loop_.Run([this](std::stop_token stopped) { return Round(stopped); }, stop);
}

void SwarmLoop::WakeAndRetry() {
  retry_now_ = true;
  Wake();
}

absl::Duration SwarmLoop::Round(std::stop_token stop) {
  if (retry_now_.exchange(false)) RetryNow();
  again_ = false;
  asked_info_ = false;
  if (!cluster_id_.empty() || Identify(stop)) ReadAndCompare(stop);
  if (!stop.stop_requested()) TellStaleness();
  return again_ ? absl::ZeroDuration() : UntilRetry();
}

void SwarmLoop::ReadAndCompare(std::stop_token stop) {
  Snapshot fresh;
  fresh.services = Copy(services_.Read(stop));
  if (fresh.services) network_names_.Expect(*fresh.services);
  fresh.nodes = Copy(nodes_.Read(stop));
  fresh.tasks = Copy(tasks_.Read(stop));
  fresh.read_time = parts_.clock.Now();
  unkept_ |= services_.changed() || nodes_.changed() || tasks_.changed();
  fresh.server = fresh.services ? services_.server() : fresh.nodes ? nodes_.server() : tasks_.server();
  if (stop.stop_requested() || (!fresh.services && !fresh.nodes && !fresh.tasks)) return;

  if (HasDoubts(fresh)) in_doubt_ = true;
  if (in_doubt_ && (!Identify(stop) || again_)) return;
  fresh.network_names = network_names_.Get(stop);
  if (stop.stop_requested()) return;
  Compare(fresh);
}

void SwarmLoop::Compare(const Snapshot& fresh) {
  if (incomparable_ && fresh.services) {
    AdoptMaskedTexts(*fresh.services, known_);
    incomparable_ = false;
  }
  const std::size_t network_names = known_.network_names.size();
  std::vector<v1::ChangeEvent> events = FindChanges(fresh);
  if (events.empty() && !unkept_ && known_.network_names.size() == network_names) return;
  parts_.sink.AppendAndKeep(parts_.sink.Generation(), std::move(events), KnownPart::kSwarm, known_);
  unkept_ = false;
}

// With a first reading that lacks a part, nobody could say later which changes had been told.
std::vector<v1::ChangeEvent> SwarmLoop::FindChanges(const Snapshot& fresh) {
  const DiffContext context = MakeDiffContext(options_, *parts_.board.GetIdentity());
  std::vector<v1::ChangeEvent> events;
  const bool whole = fresh.services && fresh.nodes && fresh.tasks;
  if (std::exchange(recollects_, false) && whole) events = Recollect(fresh, context);
  std::vector<v1::ChangeEvent> seen = Diff(known_, fresh, context);
  events.insert(events.end(), std::make_move_iterator(seen.begin()), std::make_move_iterator(seen.end()));
  return events;
}

// Whether the readings may be of another swarm, or of another engine in it, than before.
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
  return absl::FailedPreconditionError(
      "the Docker Engine does not say which swarm it manages: it is no manager, is locked, or its swarm has "
      "no "
      "leader; run the collector on a manager, or make this node one with `docker swarm init` or `docker "
      "node "
      "promote`");
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
  on_identity_(std::move(containers));
}

// Goes on from what an earlier run knew, if that has been kept. Returns what it knew of the containers.
Known SwarmLoop::GoOn(const SwarmInfo& info) {
  KeptState kept = parts_.store.Begin(
      {.cluster_id = info.cluster_id, .node_id = info.node_id, .mask_names = options_.masking.names});
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
  network_names_.Forget();
  parts_.sink.Reset();
  again_ = true;
}

// The time may come while nothing is asked.
void SwarmLoop::TellStaleness() {
  if (auto event = parts_.board.CheckStale(parts_.clock.Now())) {
    parts_.sink.Append(parts_.sink.Generation(), {*std::move(event)});
  }
}

absl::Duration SwarmLoop::UntilRetry() {
  // When /info was not needed, its time must not bring rounds that do not ask for it either.
  const absl::Duration info = asked_info_ ? info_.UntilRetry() : absl::InfiniteDuration();
  return std::min(
      {info, services_.source().UntilRetry(), nodes_.source().UntilRetry(), tasks_.source().UntilRetry()});
}

void SwarmLoop::RetryNow() {
  info_.RetryNow();
  services_.source().RetryNow();
  nodes_.source().RetryNow();
  tasks_.source().RetryNow();
}

}  // namespace swarmbell
