#pragma once

#include <memory>
#include <string>
#include <vector>

#include "notifier/feed/receipt.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Changes that came from one collector, or that its feed has to tell about itself.
struct FeedBatch {
  std::string collector;  // the feed's name
  std::vector<v1::ChangeEvent> events;
  // Whether the next batch of this collector continues the same read of the engine.
  bool continued = false;
  // What the pipeline kept with the subscription before a restart; empty if this batch brings none.
  std::string state{};
  // Another notifier takes over: what is on its way is its.
  bool hand_over = false;
  // To hold until the events are settled; may be null.
  std::shared_ptr<Receipt> receipt;
};

}  // namespace swarmbell
