#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace swarmbell {

// One recorded answer of a real engine; see tests/testdata/engine-answers.md.
struct Recording {
  std::string file;
  std::string kind;  // services, nodes, tasks, containers or networks
  std::string body;
  std::string server;  // the `Server` header
  std::string asked;   // the engine that was asked, where a scenario asks several; else empty
  absl::Time time;
};

// The names of all recorded scenarios that hold a listing, sorted.
std::vector<std::string> Scenarios();

// The complete 200 answers of a scenario in the order of their times, without inspections and filtered lists.
std::vector<Recording> LoadRecordings(const std::string& scenario);

}  // namespace swarmbell
