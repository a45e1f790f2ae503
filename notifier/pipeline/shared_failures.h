#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "notifier/pipeline/crash_loop.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Tells in one `services_failing` that tasks of several services fail with the same error (see NormalError),
// in place of a rejection and a crash loop for each, and in one `services_failing_over` that all of them have
// stopped. A failure with such an error waits a moment, longer while more services join; when none does, it
// is told as it is.
//
// A service that joins within the window of crash loops after that is told by one more card, at most one in a
// window; one that fails again with new settings, by one more card soon. Later failures with the same error
// begin anew. Services whose alerts are steered differently, by their labels or by rules and mutes, are told
// apart, and so is each service where no rule wants the card of all.
//
// While its services are told together each has an open crash loop, which tells whether it has stopped: that
// also says when nobody can know. One that stopped because it runs no tasks is told as degraded.
//
// Pure.
class SharedFailures : public Stage {
 public:
  // How long a failure waits for a service that fails likewise, and how long the first of several waits.
  static constexpr absl::Duration kWait = absl::Seconds(4);
  static constexpr absl::Duration kLongestWait = absl::Seconds(12);

  // The rules' decision about a failure, as text: equal for those that they treat alike.
  using Steered = std::function<std::string(const v1::ChangeEvent& event, absl::Time now)>;

  // `loops` must outlive the stage. Without `steered` the rules treat all alike.
  SharedFailures(absl::Duration window, CrashLoops& loops, Steered steered = nullptr)
      : window_(window), loops_(&loops), steered_(std::move(steered)) {}
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
  struct Member {
    v1::ChangeEvent event;       // the rejection or the crash loop that came last
    bool failing = true;         // no longer: it stopped
    bool renewed = false;        // has other settings than those that were told
    bool joined = false;         // since they were told
    std::uint32_t failures = 0;  // in all, once it has stopped
    absl::Time last;             // likewise
  };
  struct Waiting {
    v1::ChangeEvent event;
    std::shared_ptr<EventHold> hold;
  };
  // The services that fail with one error.
  struct Group {
    std::string steered;                    // what the rules say of each
    std::map<std::string, Member> members;  // by ServiceKey
    std::vector<Waiting> waiting;           // empty once it was told together
    absl::Time began;                       // to wait
    absl::Time last;                        // when the last change of it came
    absl::Time due = absl::InfiniteFuture();
    std::optional<v1::ChangeEvent> told;  // the `services_failing`
    absl::Time told_at;

    bool Waits(const std::string& service) const;  // by ServiceKey
    bool GoesOn() const;                           // one of its services still fails
  };
  using Groups = std::multimap<std::string, Group>;  // by steering labels and error

  std::string SteeredOf(const v1::ChangeEvent& event, absl::Time now) const;
  Group& GroupOf(const v1::ChangeEvent& event, absl::Time now);
  static void Wait(Group& group, const PassingChange& change, absl::Time now);
  // Returns whether the service is new in the group, or fails anew.
  bool Join(Group& group, const v1::ChangeEvent& event, absl::Time now);
  v1::ChangeEvent FailingEvent(const Group& group, const v1::ChangeEvent& first,
                               const v1::ChangeEvent& last) const;
  StageResult PassOver(const PassingChange& change, absl::Time now, HandOn next);
  void Settle(Group& group, absl::Time now, HandOn next);
  void SettleJoined(Group& group, absl::Time now, HandOn next);
  bool SettleTogether(Group& group, absl::Time now, HandOn next);
  void SettleOf(const std::string& service, absl::Time now, HandOn next);
  void Forget(const std::string& service, absl::Time now, HandOn next);
  Groups::iterator EndIfOver(Groups::iterator place, absl::Time now, HandOn next);
  std::optional<absl::Time> DeadlineOf(const Group& group) const;

  absl::Duration window_;
  CrashLoops* loops_;
  Steered steered_;
  Groups groups_;
};

}  // namespace swarmbell
