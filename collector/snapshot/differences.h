#pragma once

#include <string>

#include "collector/snapshot/objects.h"

namespace swarmbell {

// Calls `differs(before, now)` for each ID whose objects are not the same pointer, in the order of IDs; null
// if a listing lacks the ID. A shared object costs one comparison of pointers.
template <typename T, typename Differs>
void ForEachDifference(const Objects<T>& before, const Objects<T>& now, Differs differs) {
  if (before.IsSame(now)) return;
  auto old = before.begin();
  auto fresh = now.begin();
  while (old != before.end() || fresh != now.end()) {
    const bool both = old != before.end() && fresh != now.end();
    if (both && (*old).second == (*fresh).second) {
      ++old;
      ++fresh;
      continue;
    }
    const int order = both ? (*old).first.compare((*fresh).first) : old != before.end() ? -1 : 1;
    differs(order <= 0 ? (*old).second.get() : nullptr, order >= 0 ? (*fresh).second.get() : nullptr);
    if (order <= 0) ++old;
    if (order >= 0) ++fresh;
  }
}

}  // namespace swarmbell
