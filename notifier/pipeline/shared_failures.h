#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "notifier/pipeline/crash_loop.h"
#include "notifier/pipeline/failing_group.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Reports in one `services_failing` that tasks of several services fail with the same error (see
// NormalError), in place of a rejection and a crash loop for each, and in one `services_failing_over` that
// all of them have stopped failing. A failure with such an error waits a moment, longer while more services
// join; if none does, it passes as it is.
//
// A service that joins within the window of crash loops after the report makes one more card, at most one in
// a window; a service that fails again with new settings makes one more card soon. Later failures with the
// same error start a new group. Services that rules, mutes or labels treat differently share no card, and if
// no rule wants the shared card, each service is reported by itself.
//
// While services are reported together, each has an open crash loop, whose end means that the service has
// stopped failing. A service that runs no tasks any longer is reported as degraded.
//
// Pure.
class SharedFailures : public Stage {
 public:
  // How long a failure waits for another service with the same error, and how long the first of several waits
  // at most.
  static constexpr absl::Duration kWait = absl::Seconds(4);
  static constexpr absl::Duration kLongestWait = absl::Seconds(12);

  // The rules' decision about a failure, as text: equal for failures that they treat the same.
  using Steering = std::function<std::string(const v1::ChangeEvent& event, absl::Time now)>;

  // `loops` must outlive the stage. Without `steering` the rules treat all failures the same.
  SharedFailures(absl::Duration window, CrashLoops& loops, Steering steering = nullptr)
      : window_(window), loops_(&loops), steering_(std::move(steering)) {}
  void Configure(absl::Duration window) { window_ = window; }

  std::string_view Name() const override { return "shared-failures"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  void Tick(const Moment& at, HandOn next) override;
  void Flush(const Moment& at, HandOn next) override;
  std::optional<absl::Time> NextDeadline() const override;
  void MarkLost() override;

  // The state of all open reports, posted or pending, and its restoration after a restart; restore the crash
  // loops first. A known report stays unchanged.
  std::vector<v1::ChangeEvent> Open() const;
  bool Restore(const v1::ChangeEvent& failing, absl::Time now);

  // True if the crash loop is shown as a part of an open report.
  bool IsPart(const v1::ChangeEvent& loop) const;

 private:
  using Group = FailingGroup;
  using Groups = std::multimap<std::string, Group>;  // by steering labels and error

  std::string SteeringOf(const v1::ChangeEvent& event, absl::Time now) const;
  Group& GroupOf(const v1::ChangeEvent& event, absl::Time now);
  static void AddWaiting(Group& group, const PassingChange& change, absl::Time now);
  // True if the service is new in the group, or fails again.
  bool AddToReported(Group& group, const v1::ChangeEvent& event, absl::Time now);
  StageResult PassEnd(const PassingChange& change, absl::Time now, HandOn next);
  void EmitDue(Group& group, absl::Time now, HandOn next);
  void EmitJoined(Group& group, absl::Time now, HandOn next);
  bool EmitTogether(Group& group, absl::Time now, HandOn next);
  void EmitWaitingOf(const std::string& service, absl::Time now, HandOn next);
  void Remove(const std::string& service, absl::Time now, HandOn next);
  Groups::iterator EndIfOver(Groups::iterator place, absl::Time now, HandOn next);
  std::optional<absl::Time> DeadlineOf(const Group& group) const;

  absl::Duration window_;
  CrashLoops* loops_;
  Steering steering_;
  Groups groups_;
};

}  // namespace swarmbell
