#pragma once

#include <functional>
#include <string>
#include <vector>

namespace swarmbell {

// A text that makes a careless search look at the same bytes again and again.
struct HostileShape {
  std::string name;
  std::string piece;       // again and again
  std::string begin = "";  // once, before all
  std::string Text(std::size_t size) const;
};

const std::vector<HostileShape>& HostileShapes();

// Fails unless `work` takes less than 50 ms for 1 MB of the shape (a machine that has other things to do is
// given more), and no more than what is linear from a quarter of it on. The best of a few tries counts.
void ExpectLinear(const HostileShape& shape, const std::function<void(const std::string& text)>& work);

}  // namespace swarmbell
