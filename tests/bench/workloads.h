#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace swarmbell {

// One part's work, as parts.cc times it and instructions.cc counts it.
struct Workload {
  std::string name;   // `part/what/how many`
  std::size_t items;  // of what the work is done: objects, events, cards
  bool quick = true;  // short enough to be counted under valgrind
  // Makes what the work needs, and returns the work, which may be done again and again.
  std::function<std::function<void()>()> prepare;
};

// Those of the collector and those of the notifier.
std::vector<Workload> ReadingWorkloads();
std::vector<Workload> TellingWorkloads();

}  // namespace swarmbell
