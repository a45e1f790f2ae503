#include "notifier/pipeline/repeats.h"

namespace swarmbell {

StageResult Repeats::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (change.own) return PassOn(change, next);
  PassingChange on = change;
  on.hold = Take(change.event->event_id(), change.receipt);
  if (!on.hold) return {StageResult::Kind::kDropped, "it came before, from this or another collector"};
  return PassOn(on, next, "it came for the first time");
}

std::shared_ptr<Receipt> Repeats::Take(const std::string& id, const std::shared_ptr<Receipt>& receipt) {
  if (const std::weak_ptr<Receipt>* met = met_.Find(id)) {
    if (const std::shared_ptr<Receipt> hold = met->lock()) hold->Hold(receipt);
    return nullptr;
  }
  // Apart from its counts: these are remembered as long as the identifier.
  std::shared_ptr<Receipt> hold(new Receipt);
  hold->Hold(receipt);
  if (id.empty()) return hold;
  met_[id] = hold;
  if (met_.size() > capacity_) met_.EraseOldest();
  return hold;
}

}  // namespace swarmbell
