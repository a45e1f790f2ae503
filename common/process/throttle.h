#pragma once

#include <map>
#include <mutex>
#include <string>

#include "absl/time/time.h"

namespace swarmbell {

// Says whether to tell something that is told rarely: each key once in `interval`. Remembers a bounded number
// of keys; whoever makes up ever new ones is told of at most that often. Thread-safe.
class Throttle {
 public:
  explicit Throttle(absl::Duration interval) : interval_(interval) {}

  bool Due(const std::string& key, absl::Time now);

 private:
  const absl::Duration interval_;
  std::mutex mutex_;
  std::map<std::string, absl::Time> told_;  // guarded by mutex_
};

}  // namespace swarmbell
