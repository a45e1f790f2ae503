#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Takes the progress of updates out of the pipeline, for the messages that show it. No rule is asked.
class Progress : public Stage {
 public:
  using OnProgress = std::function<void(const v1::ChangeEvent& progress)>;

  // `on_progress` may be null; it must not wait.
  explicit Progress(OnProgress on_progress) : on_progress_(std::move(on_progress)) {}

  std::string_view Name() const override { return "progress"; }

  StageResult Pass(const PassingChange& change, const Moment&, HandOn next) override {
    if (!change.event->has_service_update_progress()) return PassOn(change, next);
    if (on_progress_) on_progress_(*change.event);
    return {StageResult::Kind::kDropped, "it makes no alert: messages that live show it"};
  }

 private:
  OnProgress on_progress_;
};

}  // namespace swarmbell
