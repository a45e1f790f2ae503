#pragma once

#include <string>
#include <vector>

#include "collector/diff/known.h"

namespace swarmbell {

// Whose state is kept, and how it is read: which secrets are masked, and which labels are left out.
struct StateOwner {
  std::string cluster_id;
  std::string node_id;
  std::vector<std::string> mask_names;
  std::vector<std::string> ignored_labels = {};
};

// What is known is kept in two parts, each by the thread that finds it out.
enum class KnownPart { kSwarm, kContainers };

// What was kept by an earlier run.
struct KeptState {
  bool found = false;
  // What to make the marks of masked values with from now on (see Masker); empty for no matter.
  std::string marker_key;
  Known swarm;
  Known containers;
  // Whether `swarm` and `containers` were read and masked as they are now. If not, texts cannot be compared.
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

  // What is known now. Call it after the events found with it are in the log, so that what is kept is never
  // newer than the log that is kept.
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
