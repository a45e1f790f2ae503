#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "collector/changelog/change_log.h"
#include "collector/diff/diff.h"
#include "collector/store/state_store.h"
#include "common/metrics/metrics.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Writes changes into the log and the known state into the store; counts and logs the changes. Thread-safe.
//
// The known state belongs to a generation, which ends when the engine turns out to be in another swarm:
// changes that another thread still finds in the old generation are dropped.
class ChangeSink {
 public:
  ChangeSink(ChangeLog& log, StateStore& store, Metrics& metrics)
      : log_(log), store_(store), metrics_(metrics) {}

  std::uint64_t Generation() const;

  // No effect for no events, or when the generation is over.
  void Append(std::uint64_t generation, std::vector<v1::ChangeEvent> events);

  // The same, and keeps what is known now that these events have been found.
  void AppendAndKeep(std::uint64_t generation, std::vector<v1::ChangeEvent> events, KnownPart part,
                     const Known& known);

  // Starts a new generation with an empty log.
  void Reset();

 private:
  void Log(std::vector<v1::ChangeEvent> events);  // mutex_ held

  ChangeLog& log_;
  StateStore& store_;
  Metrics& metrics_;
  mutable std::mutex mutex_;
  std::uint64_t generation_ = 0;  // guarded by mutex_, held while appending
};

}  // namespace swarmbell
