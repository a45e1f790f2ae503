#include "notifier/pipeline/routing.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {

std::string HandledMark(const std::string& event_id, const std::string& receiver) {
  return absl::StrCat(event_id, "@", receiver);
}

StageResult Routing::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  std::optional<Alert> alert = evaluate_(*change.event, at.now);
  if (!alert) return {StageResult::Kind::kDropped, "there is no alert for it: see `why` above"};
  StageResult result{StageResult::Kind::kDropped, "all of its receivers have it already", true};
  const std::vector<std::string> receivers = std::move(alert->receivers);
  for (const std::string& receiver : receivers) {
    const std::string mark = HandledMark(change.event->event_id(), receiver);
    if (handled_.Has(mark)) continue;
    alert->receivers = {receiver};
    PassingChange on = change;
    alert->story = change.story;
    on.alert = &*alert;
    on.receipt = std::make_shared<Receipt>([mark, &handled = handled_](bool lost) {
      if (!lost) handled.Add(mark);
    });
    on.receipt->Hold(change.hold);
    next(on);
    result = {StageResult::Kind::kPassed, "a rule wants an alert for it", true};
  }
  return result;
}

}  // namespace swarmbell
