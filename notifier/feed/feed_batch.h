#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Travels, shared, with everything that is made from one response of a feed. When the last holder lets go,
// the response is settled: accepted by every receiver, or finally undeliverable, or of interest to none.
//
// Thread-safe.
class Receipt {
 public:
  // `settled` is called once, on the thread that lets go last, with whether something was lost on the way.
  explicit Receipt(std::function<void(bool lost)> settled) : settled_(std::move(settled)) {}
  ~Receipt() {
    if (settled_) settled_(lost_);
  }
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

  // Says that a holder lets go although its part is not settled, as when the process ends.
  void MarkLost() { lost_ = true; }

 private:
  std::function<void(bool)> settled_;
  std::atomic<bool> lost_ = false;
};

// Changes that came from one collector, or that its feed has to tell about itself.
struct FeedBatch {
  std::string collector;  // the feed's name
  std::vector<v1::ChangeEvent> events;
  // True if the next batch of this collector continues the same read of the engine.
  bool continued = false;
  // The pipeline's state that was stored with the subscription before a restart; empty if this batch brings
  // none.
  std::string state{};
  // Another notifier takes over: what is on its way is its.
  bool hand_over = false;
  // To hold until the events are settled; may be null.
  std::shared_ptr<Receipt> receipt;
};

}  // namespace swarmbell
