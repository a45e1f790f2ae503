#include "common/process/throttle.h"

#include <cstddef>
#include <iterator>

namespace swarmbell {
namespace {

constexpr std::size_t kMostKeys = 200;

}  // namespace

bool Throttle::Due(const std::string& key, absl::Time now) {
  const std::lock_guard lock(mutex_);
  for (auto told = told_.begin(); told != told_.end();) {
    told = now - told->second >= interval_ ? told_.erase(told) : std::next(told);
  }
  if (told_.size() >= kMostKeys) return false;
  return told_.emplace(key, now).second;
}

}  // namespace swarmbell
