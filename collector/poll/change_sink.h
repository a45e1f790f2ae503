#pragma once

#include <cstdint>
#include <vector>

#include "collector/changelog/change_log.h"
#include "collector/diff/diff.h"
#include "collector/store/state_store.h"
#include "common/metrics/metrics.h"
#include "common/sync/mutex.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Emits changes into the log and keeps the known state in the store; counts and logs the changes.
//
// The known state belongs to a generation, which ends when the engine turns out to be in another swarm:
// changes that another thread still finds in the old generation are dropped.
//
// Thread-safe.
class ChangeSink {
 public:
  ChangeSink(ChangeLog& log, StateStore& store, Metrics& metrics)
      : log_(log), store_(store), metrics_(metrics) {}

  std::uint64_t Generation() const;

  // Returns the state that an earlier run has kept of this swarm. May wait for the store; see StateStore.
  KeptState Restore(const StateOwner& owner) { return store_.Begin(owner); }

  // Emits the events. No effect for no events, or when the generation is over.
  void Emit(std::uint64_t generation, std::vector<v1::ChangeEvent> events);

  // The same, then keeps the state that is known now that these events have been found.
  void EmitAndKeep(std::uint64_t generation, std::vector<v1::ChangeEvent> events, KnownPart part,
                   const Known& known);

  // Starts a new generation with an empty log.
  void Reset();

 private:
  void Append(std::vector<v1::ChangeEvent> events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ChangeLog& log_;
  StateStore& store_;
  Metrics& metrics_;
  mutable Mutex mutex_;
  std::uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace swarmbell
