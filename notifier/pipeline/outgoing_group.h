#pragma once

#include <memory>
#include <vector>

#include "notifier/feed/feed_batch.h"
#include "notifier/pipeline/alert_group.h"

namespace swarmbell {

// A message on its way to a receiver, and what to let go once it is accepted or finally undeliverable.
struct OutgoingGroup {
  AlertGroup group;
  std::vector<std::shared_ptr<Receipt>> receipts;  // without repeats, never null
};

}  // namespace swarmbell
