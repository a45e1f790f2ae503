#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "collector/diff/diff.h"
#include "collector/poll/endpoint_reader.h"
#include "collector/poll/engine_event.h"
#include "collector/poll/plain_containers.h"
#include "collector/poll/poll_loop.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/swarm_loop.h"
#include "collector/snapshot/reader.h"

namespace swarmbell {

// The thread that reads the plain containers of the engine's own node: apart from the swarm, because one
// wedged container can make an engine hang on this question for ever.
class ContainerLoop {
 public:
  ContainerLoop(PollParts parts, SnapshotReader& reader, const PollOptions& options);

  void Run(std::stop_token stop);

  // All thread-safe. A swarm has become known: goes on from what an earlier run knew, if it did.
  void Begin(ContainerStart start);
  // The swarm's tasks have been listed.
  void KnowTasks(ListedTasks tasks);
  // The engine tells of a turn in a container's life.
  void OnEvent(const EngineEvent& event);
  void WakeAndRetry();

 private:
  RoundEnd Round(std::stop_token stop);
  void TakeNews();
  bool KnowsTasksOfBeginning(absl::Time now);
  void ReadAndCompare(const Identity& identity, std::stop_token stop);

  PollParts parts_;
  const PollOptions& options_;
  PollLoop loop_;
  EndpointReader<ListReader<Container>> containers_;
  PlainContainers plain_;
  std::optional<std::uint64_t> generation_;  // that `known_` belongs to; unset until a swarm is known
  Known known_;
  std::optional<absl::Time> began_at_;  // when the first of these containers were read
  std::optional<ListedTasks> tasks_;
  std::set<std::string> stopped_;  // containers that somebody stopped

  std::mutex mutex_;
  // All guarded by mutex_: news for the next round.
  std::optional<ContainerStart> start_;
  std::optional<ListedTasks> listed_;
  std::vector<EngineEvent> turns_;
  bool retry_now_ = false;
  bool in_doubt_ = false;  // a list of tasks would help
};

}  // namespace swarmbell
