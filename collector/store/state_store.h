#pragma once

#include <string>
#include <vector>

#include "collector/diff/diff.h"

namespace swarmbell {

// The owner of the state, and how it reads: which secrets are masked, and which labels are ignored.
struct StateOwner {
  std::string cluster_id;
  std::string node_id;
  std::vector<std::string> mask_names;
  std::vector<std::string> ignored_labels = {};
};

// The known state is stored in two parts, each by the thread that reads it.
enum class KnownPart { kSwarm, kContainers };

// The state that an earlier run has stored.
struct KeptState {
  bool found = false;
  // The key for the marks of masked values from now on (see Masker); empty if it does not matter.
  std::string marker_key;
  Known swarm;
  Known containers;
  // True if `swarm` and `containers` were read and masked as they are now. Otherwise texts cannot be
  // compared.
  bool same_reader = true;
};

// Keeps what a collector must not forget when it ends: what is known, the log, and the subscriptions. Only
// Begin() waits, never longer than a start may; the rest returns at once, whatever the store does.
//
// Thread-safe.
class StateStore {
 public:
  virtual ~StateStore() = default;

  // Gives back what was kept for this owner. The log and the subscriptions have then been put back already.
  virtual KeptState Begin(const StateOwner& owner) = 0;

  // Stores the state that is known now. Call it after the events found with it are in the log, so that the
  // stored state is never newer than the stored log.
  virtual void Keep(KnownPart part, const Known& known) = 0;

  // The log has changed, but nothing that is known.
  virtual void LogChanged() = 0;

  // The swarm has been left: nothing more is kept before the next Begin().
  virtual void End() = 0;
};

// Keeps nothing.
class NoStateStore final : public StateStore {
 public:
  KeptState Begin(const StateOwner& /*owner*/) override { return {}; }
  void Keep(KnownPart /*part*/, const Known& /*known*/) override {}
  void LogChanged() override {}
  void End() override {}
};

}  // namespace swarmbell
