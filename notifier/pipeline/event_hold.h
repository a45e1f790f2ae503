#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "notifier/feed/feed_batch.h"
#include "notifier/feed/handled.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Holds the receipts of every response that brought one change, by whichever collector, until everything made
// of the change is settled. Thread-safe.
class EventHold {
 public:
  void Add(std::shared_ptr<Receipt> receipt);
  void MarkLost();

 private:
  std::mutex mutex_;
  bool lost_ = false;                               // guarded by mutex_
  std::vector<std::shared_ptr<Receipt>> receipts_;  // guarded by mutex_
};

// One that is settled, or lost, for all of them together. Of a single one: itself.
std::shared_ptr<EventHold> JoinHolds(std::vector<std::shared_ptr<EventHold>> holds);

// Tells an event of which `holds` let go when it is settled. Without any it is the notifier's own: no feed
// brings again what it was made of. Returns whether a rule wants it told.
using TellEvent =
    std::function<bool(const v1::ChangeEvent& event, std::vector<std::shared_ptr<EventHold>> holds)>;

// What `handled` remembers of a receiver that has done with a change.
std::string HandledMark(const std::string& event_id, const std::string& receiver);

// What a receiver holds of a change: once it lets go it has done with it, unless it was lost. `handled` must
// outlive the receipt.
std::shared_ptr<Receipt> ReceiptFor(std::shared_ptr<EventHold> hold, const std::string& event_id,
                                    const std::string& receiver, Handled& handled);

}  // namespace swarmbell
