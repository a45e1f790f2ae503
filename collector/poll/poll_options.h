#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {

struct PollOptions {
  // From the start of one read of everything to the start of the next.
  absl::Duration interval = absl::Seconds(10);
  // True if the engine's events bring the next read forward.
  bool events = true;
  // From the first event to the read that it brings; further events join it.
  absl::Duration debounce = absl::Milliseconds(10);
  // The most of one core that the engine is to spend on answering, for each list; see ReadPace.
  double engine_share = 0.05;
  // True if plain containers on the engine's own node are watched.
  bool read_containers = true;
  // The name of the swarm in events; empty for its own name, or a short form of its ID.
  std::string cluster_name;
  // The name of the collector in events until the engine has reported its hostname.
  std::string collector_name = "collector";
  // Something that could not be read, or was not, for longer than this is told about; 0 for three intervals,
  // but at least 30 seconds.
  absl::Duration stale_after = absl::ZeroDuration();
  // As in DiffContext.
  absl::Duration node_down_after = absl::Seconds(10);
  absl::Duration degraded_after = absl::Seconds(60);
  absl::Duration update_stalled_after = absl::Minutes(5);
  absl::Duration first_start_after = absl::Minutes(5);
  absl::Duration container_calm_after = absl::Seconds(60);
  absl::Duration container_dead_after = absl::Seconds(60);
  // Globs of the names of labels whose changes mean nothing; see IgnoredLabels.
  std::vector<std::string> ignored_labels = {};
  // Masking beyond the values that look secret by themselves.
  MaskOptions masking = {};
};

// `stale_after` with its default filled in.
absl::Duration StaleAfter(const PollOptions& options);

}  // namespace swarmbell
