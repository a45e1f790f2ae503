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
#include "notifier/pipeline/event_hold.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Tells in one `services_failing` that tasks of several services fail with the same error (see same_error.h),
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
// Pure: the time is passed in. Not thread-safe.
class SharedFailures {
 public:
  // How long a failure waits for a service that fails likewise, and how long the first of several waits.
  static constexpr absl::Duration kWait = absl::Seconds(4);
  static constexpr absl::Duration kLongestWait = absl::Seconds(12);

  // What the rules say of a failure by itself, as text: equal for those that they treat alike.
  using Steered = std::function<std::string(const v1::ChangeEvent& event, absl::Time now)>;

  // Without `steered` the rules treat all alike.
  explicit SharedFailures(absl::Duration window, Steered steered = nullptr)
      : window_(window), steered_(std::move(steered)) {}
  void Configure(absl::Duration window) { window_ = window; }

  // Tells a change that the crash loops passed on, unless it waits here or is part of what was told.
  void Pass(const v1::ChangeEvent& event, const std::shared_ptr<EventHold>& hold, absl::Time now,
            CrashLoops& loops, const TellEvent& tell);

  // Tells the end of a crash loop, or the shortage that it hid, unless others that were told with it go on.
  void PassOver(const v1::ChangeEvent& over, absl::Time now, CrashLoops& loops, const TellEvent& tell);

  void TellDue(absl::Time now, CrashLoops& loops, const TellEvent& tell);
  void TellAll(absl::Time now, CrashLoops& loops, const TellEvent& tell);

  // Another notifier takes over: what waits is not settled here.
  void MarkLost();

  // What was told, or is to be told once more, of all that is not over, and its way back in after a restart;
  // restore the crash loops first. One that is known already is left as it is.
  std::vector<v1::ChangeEvent> Open() const;
  bool Restore(const v1::ChangeEvent& failing, const CrashLoops& loops, absl::Time now);

  // Whether the crash loop is told as a part of what is open.
  bool IsPart(const v1::ChangeEvent& loop) const;

  // When TellDue has something to do next; unset if never.
  std::optional<absl::Time> NextDeadline() const;

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
  };
  using Groups = std::multimap<std::string, Group>;  // by steering labels and error

  std::string SteeredOf(const v1::ChangeEvent& event, absl::Time now) const;
  Group& GroupOf(const v1::ChangeEvent& event, absl::Time now);
  static void Wait(Group& group, const v1::ChangeEvent& event, const std::shared_ptr<EventHold>& hold,
                   absl::Time now);
  void Join(Group& group, const v1::ChangeEvent& event, absl::Time now, CrashLoops& loops) const;
  static v1::ChangeEvent FailingEvent(const Group& group, const v1::ChangeEvent& first,
                                      const v1::ChangeEvent& last, const CrashLoops& loops);
  static void Settle(Group& group, absl::Time now, CrashLoops& loops, const TellEvent& tell);
  static void SettleJoined(Group& group, absl::Time now, const CrashLoops& loops, const TellEvent& tell);
  static bool SettleTogether(Group& group, absl::Time now, CrashLoops& loops, const TellEvent& tell);
  void SettleOf(const std::string& service, absl::Time now, CrashLoops& loops, const TellEvent& tell);
  void Forget(const std::string& service, absl::Time now, const TellEvent& tell);
  Groups::iterator EndIfOver(Groups::iterator place, absl::Time now, const TellEvent& tell);
  std::optional<absl::Time> DeadlineOf(const Group& group) const;

  absl::Duration window_;
  Steered steered_;
  Groups groups_;
};

}  // namespace swarmbell
