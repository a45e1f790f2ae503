#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {

// How a swarm is read. The members are settings of the same names.
struct PollOptions {
  // From the start of one read of everything to the start of the next.
  absl::Duration interval = absl::Seconds(10);
  // True if the engine's events bring the next read forward.
  bool events = true;
  // From the first event to the read that it brings; further events join it.
  absl::Duration debounce = absl::Milliseconds(10);
  // The maximum load of the engine by each list, in percent of one core; see ReadPace.
  int max_engine_load = 5;
  // The collector is stale when something was not read, or could not be, for longer than this; 0 for three
  // intervals, but at least 30 seconds.
  absl::Duration stale_after = absl::ZeroDuration();
  // True if plain containers on the engine's own node are watched.
  bool containers = true;
  // The name of the swarm in events; empty for its own name, or a short form of its ID.
  std::string cluster_name = {};
  // The name of the collector in events until the engine has reported its hostname.
  std::string collector_name = "collector";
  // How long states must last before they are reported.
  HoldTimes hold_times = {};
  // Globs of the names of labels whose changes mean nothing; see IgnoredLabels.
  std::vector<std::string> ignored_labels = {};
  // Masking beyond the values that look secret by themselves.
  MaskOptions masking = {};

  // The same as a share of one core.
  double EngineShare() const { return max_engine_load / 100.0; }
};

}  // namespace swarmbell
