#pragma once

#include <string>
#include <vector>

namespace swarmbell {

// The last lines that a failed task printed, or why there are none. Both are empty if collectors do not read
// logs.
struct LastWords {
  std::vector<std::string> lines;  // oldest first, secrets hidden by the collector
  std::string missing;             // half a sentence, without a full stop
  friend bool operator==(const LastWords&, const LastWords&) = default;
};

// The task whose output is wanted.
struct LastWordsSource {
  std::string cluster_id;
  std::string node_id;  // of the collector that saw the failure
  std::string task_id;
  friend bool operator==(const LastWordsSource&, const LastWordsSource&) = default;
};

}  // namespace swarmbell
