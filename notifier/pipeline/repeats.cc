#include "notifier/pipeline/repeats.h"

namespace swarmbell {

Repeats::Repeats(std::size_t capacity) : capacity_(capacity) {}

std::shared_ptr<EventHold> Repeats::Take(const std::string& id, const std::shared_ptr<Receipt>& receipt) {
  if (const auto met = met_.find(id); met != met_.end()) {
    order_.splice(order_.begin(), order_, met->second.place);
    if (const std::shared_ptr<EventHold> hold = met->second.hold.lock()) hold->Add(receipt);
    return nullptr;
  }
  // Apart from its counts: these are remembered as long as the identifier.
  std::shared_ptr<EventHold> hold(new EventHold);
  hold->Add(receipt);
  if (id.empty()) return hold;
  order_.push_front(id);
  met_[order_.front()] = {order_.begin(), hold};
  if (met_.size() > capacity_) {
    met_.erase(order_.back());
    order_.pop_back();
  }
  return hold;
}

}  // namespace swarmbell
