#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

#include "collector/diff/diff.h"
#include "collector/poll/endpoint_reader.h"
#include "collector/poll/poll_loop.h"
#include "collector/poll/poll_options.h"
#include "collector/snapshot/reader.h"

namespace swarmbell {

// The thread that reads the plain containers of the engine's own node: apart from the swarm, because one
// wedged container can make an engine hang on this question for ever.
class ContainerLoop {
 public:
  ContainerLoop(PollParts parts, SnapshotReader& reader, const PollOptions& options);

  void Run(std::stop_token stop);

  // A swarm has become known; goes on from what an earlier run knew, if it did. Thread-safe.
  void Begin(Known known);

  // Thread-safe.
  void Wake() { loop_.Wake(); }
  void WakeAndRetry();

 private:
  RoundEnd Round(std::stop_token stop);
  void ReadAndCompare(const Identity& identity, std::uint64_t generation, std::stop_token stop);

  PollParts parts_;
  const PollOptions& options_;
  PollLoop loop_;
  std::atomic<bool> retry_now_ = false;
  EndpointReader<ListReader<Container>> containers_;
  std::uint64_t generation_ = 0;  // that `known_` belongs to
  Known known_;

  std::mutex mutex_;
  std::optional<Known> begin_with_;  // guarded by mutex_
};

}  // namespace swarmbell
