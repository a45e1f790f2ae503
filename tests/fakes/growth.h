#pragma once

#include <functional>
#include <string>
#include <vector>

namespace swarmbell {

// A text that makes a careless search look at the same bytes again and again.
struct HostileShape {
  std::string name;
  std::string piece;    // again and again
  std::string begin{};  // once, before all
  std::string Text(std::size_t size) const;
};

const std::vector<HostileShape>& HostileShapes();

// Fails unless the time that `work` takes for 1 MB of the shape (a quarter of that in a slow build) is short,
// and in proportion to that for a quarter of it. The time of this thread alone counts, and the best of a few
// tries. With SWARMBELL_SHOW_TIMES in the environment it prints the time.
void ExpectLinear(const HostileShape& shape, const std::function<void(const std::string& text)>& work);

}  // namespace swarmbell
