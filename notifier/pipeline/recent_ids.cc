#include "notifier/pipeline/recent_ids.h"

namespace swarmbell {

RecentIds::RecentIds(std::size_t capacity) : capacity_(capacity) {}

bool RecentIds::Met(const std::string& id) {
  if (id.empty()) return false;
  const auto place = places_.find(id);
  if (place != places_.end()) {
    order_.splice(order_.begin(), order_, place->second);
    return true;
  }
  order_.push_front(id);
  places_.emplace(id, order_.begin());
  if (places_.size() > capacity_) {
    places_.erase(order_.back());
    order_.pop_back();
  }
  return false;
}

}  // namespace swarmbell
