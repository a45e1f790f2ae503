#pragma once

#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Warns in the log of labels that mean to steer alerts and do not: once for each object and value, so that
// who set them finds out and nobody is bored. Thread-safe.
class LabelWarnings {
 public:
  explicit LabelWarnings(std::vector<std::string> receivers, std::size_t capacity = 10'000);

  void Check(const v1::ChangeEvent& event);

  // Other receivers from now on; what was told is told again where it is still wrong.
  void SetReceivers(std::vector<std::string> receivers);

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::vector<std::string> receivers_;  // guarded by mutex_
  std::set<std::string> told_;          // emptied when full; guarded by mutex_
};

}  // namespace swarmbell
