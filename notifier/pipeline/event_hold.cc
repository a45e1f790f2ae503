#include "notifier/pipeline/event_hold.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {

void EventHold::Add(std::shared_ptr<Receipt> receipt) {
  if (!receipt) return;
  const std::lock_guard lock(mutex_);
  if (lost_) receipt->MarkLost();
  if (receipts_.empty() || receipts_.back() != receipt) receipts_.push_back(std::move(receipt));
}

void EventHold::MarkLost() {
  const std::lock_guard lock(mutex_);
  lost_ = true;
  for (const std::shared_ptr<Receipt>& receipt : receipts_) receipt->MarkLost();
}

std::shared_ptr<EventHold> JoinHolds(std::vector<std::shared_ptr<EventHold>> holds) {
  if (holds.size() == 1) return holds.front();
  auto joined = std::make_shared<EventHold>();
  joined->Add(std::make_shared<Receipt>([holds = std::move(holds)](bool lost) {
    if (!lost) return;
    for (const std::shared_ptr<EventHold>& hold : holds) hold->MarkLost();
  }));
  return joined;
}

std::string HandledMark(const std::string& event_id, const std::string& receiver) {
  return absl::StrCat(event_id, "@", receiver);
}

std::shared_ptr<Receipt> ReceiptFor(std::shared_ptr<EventHold> hold, const std::string& event_id,
                                    const std::string& receiver, Handled& handled) {
  return std::make_shared<Receipt>(
      [hold = std::move(hold), mark = HandledMark(event_id, receiver), &handled](bool lost) {
        // The mark first: a position that passes the change is told together with it.
        lost ? hold->MarkLost() : handled.Add(mark);
      });
}

}  // namespace swarmbell
