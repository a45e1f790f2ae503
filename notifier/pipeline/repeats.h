#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "notifier/pipeline/event_hold.h"

namespace swarmbell {

// Remembers the last changes met, so that one change is told once although several collectors see it and a
// resumed stream repeats it. A repeat of one that is still on its way is settled with it. Holds at most
// `capacity`; the one met longest ago is forgotten first. Not thread-safe; holds may be let go on any thread.
class Repeats {
 public:
  explicit Repeats(std::size_t capacity);
  Repeats(Repeats&&) = default;
  Repeats& operator=(Repeats&&) = default;
  Repeats(const Repeats&) = delete;
  Repeats& operator=(const Repeats&) = delete;

  // What to hold on to for a change that is new; null for a repeat. An empty identifier is never a repeat.
  std::shared_ptr<EventHold> Take(const std::string& id, const std::shared_ptr<Receipt>& receipt);

 private:
  struct Met {
    std::list<std::string>::iterator place;
    std::weak_ptr<EventHold> hold;
  };

  std::size_t capacity_;
  std::list<std::string> order_;                   // the one met last is first
  std::unordered_map<std::string_view, Met> met_;  // by what is in order_
};

}  // namespace swarmbell
