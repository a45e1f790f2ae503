#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Warns in the log of labels that mean to steer alerts and do not: once for each object and value, so that
// who set them finds out and nobody is bored. Not thread-safe.
class LabelWarnings {
 public:
  explicit LabelWarnings(std::vector<std::string> receivers, std::size_t capacity = 10'000);

  void Check(const v1::ChangeEvent& event);

 private:
  const std::vector<std::string> receivers_;
  const std::size_t capacity_;
  std::set<std::string> told_;  // emptied when full
};

}  // namespace swarmbell
