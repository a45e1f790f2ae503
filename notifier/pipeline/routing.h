#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Asks the rules: the alert that they make of a change, if any.
using Evaluate = std::function<std::optional<Alert>(const v1::ChangeEvent& event, absl::Time now)>;

// The mark in HandledChanges of a receiver that has handled a change.
std::string HandledMark(const std::string& event_id, const std::string& receiver);

// Asks the rules, with their labels and mutes, and passes on one alert for each receiver that has not handled
// it yet, in this process or the one before.
class Routing : public Stage {
 public:
  // `handled` must outlive the stage and every receipt that it makes.
  Routing(Evaluate evaluate, HandledChanges& handled) : evaluate_(std::move(evaluate)), handled_(handled) {}

  std::string_view Name() const override { return "routing"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

 private:
  Evaluate evaluate_;
  HandledChanges& handled_;
};

}  // namespace swarmbell
