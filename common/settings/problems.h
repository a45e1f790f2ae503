#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace swarmbell {

// Collects what is wrong with a configuration, so that all of it can be told at once.
class Problems {
 public:
  // `where` is a place (`config.yml:12`, `environment`); `what` says what is wrong and what to do.
  void Add(const std::string& where, const std::string& what);

  bool empty() const { return lines_.empty(); }
  // One line each, in the order found, without repeats.
  const std::vector<std::string>& Lines() const { return lines_; }

  // OK, or INVALID_ARGUMENT with one line for each problem; only so many that a person reads them.
  absl::Status ToStatus() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace swarmbell
