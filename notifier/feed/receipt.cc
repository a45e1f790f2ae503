#include "notifier/feed/receipt.h"

#include <utility>

namespace swarmbell {

Receipt::Receipt(std::function<void(bool lost)> settled) : settled_(std::move(settled)) {}

Receipt::~Receipt() {
  if (settled_) settled_(lost_);
}

}  // namespace swarmbell
