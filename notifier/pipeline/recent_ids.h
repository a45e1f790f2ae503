#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

namespace swarmbell {

// Remembers the identifiers of the last changes handled, so that one change is told once although several
// collectors see it and a resumed stream repeats it. Holds at most `capacity`; the one met longest ago is
// forgotten first. Not thread-safe.
class RecentIds {
 public:
  explicit RecentIds(std::size_t capacity);

  // Whether the identifier was met before; from now on it was. An empty one is never remembered.
  bool Met(const std::string& id);

 private:
  std::size_t capacity_;
  std::list<std::string> order_;  // the one met last is first
  std::unordered_map<std::string, std::list<std::string>::iterator> places_;
};

}  // namespace swarmbell
