#include "notifier/pipeline/stage.h"

#include <utility>

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

StageResult PassOn(const PassingChange& change, HandOn next, std::string_view why) {
  return {StageResult::Kind::kPassed, why, next(change)};
}

}  // namespace swarmbell
