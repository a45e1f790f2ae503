#include "notifier/pipeline/routing.h"

#include <vector>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

// Once the receiver lets go it has done with the change, unless that was lost.
std::shared_ptr<Receipt> ReceiptFor(std::shared_ptr<EventHold> hold, std::string mark, Handled& handled) {
  return std::make_shared<Receipt>([hold = std::move(hold), mark = std::move(mark), &handled](bool lost) {
    // The mark first: a position that passes the change is told together with it.
    lost ? hold->MarkLost() : handled.Add(mark);
  });
}

}  // namespace

std::string HandledMark(const std::string& event_id, const std::string& receiver) {
  return absl::StrCat(event_id, "@", receiver);
}

StageResult Routing::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  std::optional<Alert> alert = evaluate_(*change.event, at.now);
  if (!alert) return {StageResult::Kind::kDropped, "no rule wants it told"};
  StageResult result{StageResult::Kind::kDropped, "all of its receivers have it already", true};
  const std::vector<std::string> receivers = std::move(alert->receivers);
  for (const std::string& receiver : receivers) {
    const std::string mark = HandledMark(change.event->event_id(), receiver);
    if (handled_.Has(mark)) continue;
    alert->receivers = {receiver};
    PassingChange on = change;
    on.alert = &*alert;
    on.receipt = ReceiptFor(change.hold, mark, handled_);
    next(on);
    result = {StageResult::Kind::kPassed, "a rule wants it told", true};
  }
  return result;
}

}  // namespace swarmbell
