#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "collector/diff/diff.h"
#include "collector/poll/endpoint_source.h"
#include "collector/poll/network_names.h"
#include "collector/poll/plain_containers.h"
#include "collector/poll/poll_loop.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/swarm_reader.h"
#include "collector/snapshot/reader.h"

namespace swarmbell {

// Where the watch on a swarm's containers begins: what belongs together, taken at one moment.
struct ContainerStart {
  std::uint64_t generation = 0;  // as in ChangeSink
  Known known;                   // by an earlier run
};

// The context of Diff() beyond the readings.
DiffContext MakeDiffContext(const PollOptions& options, const Identity& identity);

// The thread that reads services, nodes and tasks, and finds out which swarm they are of.
//
// Readings are compared only while it is sure that they are of the swarm that is known: after any failure,
// and when the node that is asked is not among the nodes, /info is asked again first.
class SwarmLoop {
 public:
  // Both are called on the loop's thread: `on_identity` when a swarm has become known, `on_tasks` with each
  // list of its tasks.
  SwarmLoop(PollParts parts, SnapshotReader& reader, const PollOptions& options,
            std::function<void(ContainerStart)> on_identity, std::function<void(ListedTasks)> on_tasks);

  void Run(std::stop_token stop);

  // All thread-safe. Each brings the next round forward: because of a service, or of any if it is not known
  // which; of a node; and because anything may have happened, which does not let endpoints that failed wait.
  void OnServiceChanged(const std::string& service_id);
  void OnNodeChanged() { loop_.Wake(); }
  void OnAnythingChanged();

  // Says if the engine's events are followed now. Thread-safe.
  void SetEventsFollowed(bool followed);

 private:
  RoundEnd Round(bool timed, std::stop_token stop);
  ReadOrder TakeOrder(bool timed);
  void ReadAndCompare(const ReadOrder& order, std::stop_token stop);
  std::optional<SwarmInfo> ReadInfo(std::stop_token stop);
  absl::StatusOr<SwarmInfo> ParseInfo(std::string_view body) const;
  bool Identify(std::stop_token stop);
  void EnterSwarm(const SwarmInfo& info);
  void LeaveSwarm(const SwarmInfo& info);
  Known GoOn(const SwarmInfo& info);
  void Compare(const Snapshot& fresh);
  std::vector<v1::ChangeEvent> FindChanges(const Snapshot& fresh);
  void NameObserver();
  bool HasDoubts(const Snapshot& fresh) const;
  absl::Duration Patience(const ReadOrder& order);

  PollParts parts_;
  const PollOptions& options_;
  const std::function<void(ContainerStart)> on_identity_;
  const std::function<void(ListedTasks)> on_tasks_;
  SnapshotReader& reader_;
  PollLoop loop_;

  std::mutex mutex_;
  ReadOrder next_order_;    // guarded by mutex_
  bool retry_now_ = false;  // guarded by mutex_

  EndpointSource info_;
  SwarmReader swarm_reader_;
  NetworkNames network_names_;

  std::string cluster_id_;  // empty until the swarm is known
  std::string node_id_;
  bool in_doubt_ = false;    // whether the engine may be in another swarm now
  bool asked_info_ = false;  // in this round
  bool again_ = false;       // another round is due at once
  Known known_;
  bool has_marker_key_ = false;
  bool incomparable_ = false;  // texts of `known_` cannot be compared with those read now
  bool recollects_ = false;  // nothing was known when the swarm was entered, and nothing has been read since
  bool unkept_ = false;      // something has been read that the store has not been given
};

}  // namespace swarmbell
