#pragma once

#include <optional>

#include "absl/time/time.h"

namespace swarmbell {

// When a list of the engine may be read in full again, so that the engine, a manager of the swarm, spends no
// more than a share of one core on being read: after a read that took t, the next waits at least t / share.
// Of the last two reads the shorter counts. The wait ends after a minute, or five while events are followed,
// whatever it costs: what is known must not grow older for ever.
//
// A list is owed a read each interval, and is read as soon as the bound allows. While the engine's events are
// followed, reading in full only makes sure of what they tell, and gets a part of the share: the smaller, the
// more of the list they tell. A read within 10 ms gets the whole share all the same: it hardly keeps the
// engine busy. One thread.
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
