#pragma once

#include <sys/resource.h>

#include <fstream>
#include <string>

#include "absl/time/time.h"

namespace swarmbell {

// The cost of this process so far.
inline absl::Duration CpuTime() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

// In kilobytes; `name` as in /proc/self/status.
inline long Memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stol(line.substr(name.size()));
  }
  return 0;
}

}  // namespace swarmbell
