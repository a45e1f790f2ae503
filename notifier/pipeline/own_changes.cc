#include "notifier/pipeline/own_changes.h"

#include <utility>

namespace swarmbell {

StageResult OwnChanges::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (!change.own) {
    // A collector repeats what waited before the restart.
    const auto known = own_.find(change.event->event_id());
    const std::shared_ptr<Receipt> hold = known == own_.end() ? nullptr : known->second.hold.lock();
    if (!hold) return PassOn(change, next);
    hold->Hold(change.hold);
    return {StageResult::Kind::kDropped, "it is being posted already", true};
  }
  Own& own = own_[change.event->event_id()];
  if (!own.hold.expired()) return {StageResult::Kind::kDropped, "it is being posted already", true};
  PassingChange on = change;
  on.hold = std::make_shared<Receipt>();
  own = {*change.event, on.hold};
  return PassOn(on, next, "made by the notifier, which keeps it until it is posted");
}

std::vector<v1::ChangeEvent> OwnChanges::Unsettled() const {
  std::vector<v1::ChangeEvent> unsettled;
  for (const auto& [id, own] : own_) {
    if (!own.hold.expired()) unsettled.push_back(own.event);
  }
  return unsettled;
}

void OwnChanges::ForgetSettled() {
  std::erase_if(own_, [](const auto& own) { return own.second.hold.expired(); });
}

}  // namespace swarmbell
