#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace swarmbell {

// Makes lines of pieces. A line longer than the bound is left out whole; empty lines are too.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t longest_line) : longest_line_(longest_line) {}

  // Calls `on_line` for each line that the piece completes, without its end.
  void Add(std::string_view piece, absl::FunctionRef<void(std::string_view)> on_line);

 private:
  std::size_t longest_line_;
  std::string begun_;
  bool too_long_ = false;  // the line that `begun_` was the start of
};

}  // namespace swarmbell
