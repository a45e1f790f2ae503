#pragma once

#include <optional>

#include "absl/time/time.h"

namespace swarmbell {

// Decides when a list may be read in full again, so that the engine, a manager of the swarm, spends no more
// than a share of one core on it: after a read that took t, the next waits at least t / share. The shorter of
// the last two reads counts. The wait is at most one minute, or five while events are followed, so that the
// known state never grows older than that.
//
// A list is due at each interval, and is read as soon as the bound allows. While the engine's events are
// followed, a full read only verifies them, and gets a part of the share: the smaller, the more of the list
// the events cover. A read within 10 ms gets the whole share, because it hardly loads the engine. One thread.
class ReadPace {
 public:
  // A `share` of one core, and what of it is left while events are followed; both more than 0, up to 1.
  ReadPace(double share, double left_by_events) : share_(share), left_by_events_(left_by_events) {}

  // A read is due when the bound allows it.
  void Owe() { owed_ = true; }
  // The same, and there is a reason to read: it gets the whole share.
  void OweSoon() { owed_ = soon_ = true; }

  // How long a read that is owed has to wait; infinite if none is.
  absl::Duration UntilDue(absl::Time now, bool events_followed) const;

  // A good read of everything took from `start` to `end`.
  void Took(absl::Time start, absl::Time end);

  // The rest after the last read that the bound demands now.
  absl::Duration Rest(bool events_followed) const;

  // How long the last good read took.
  absl::Duration took() const { return took_; }

 private:
  const double share_;
  const double left_by_events_;
  bool owed_ = true;
  bool soon_ = false;
  std::optional<absl::Time> last_end_;
  // How long the last two reads took, the shorter of which counts: one that an engine in trouble delayed says
  // nothing of the next.
  absl::Duration took_ = absl::ZeroDuration();
  absl::Duration took_before_ = absl::ZeroDuration();
};

}  // namespace swarmbell
