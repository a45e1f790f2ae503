#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "notifier/feed/handled.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// The rules: the alert that a change makes, if any.
using Evaluate = std::function<std::optional<Alert>(const v1::ChangeEvent& event, absl::Time now)>;

// The mark in `handled` of a receiver that has finished a change.
std::string HandledMark(const std::string& event_id, const std::string& receiver);

// Asks the rules, with their labels and mutes, and hands on one alert for each receiver that does not have it
// yet, also from the process before.
class Routing : public Stage {
 public:
  // `handled` must outlive the stage and every receipt that it makes.
  Routing(Evaluate evaluate, Handled& handled) : evaluate_(std::move(evaluate)), handled_(handled) {}

  std::string_view Name() const override { return "rules"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

 private:
  Evaluate evaluate_;
  Handled& handled_;
};

}  // namespace swarmbell
