#include "collector/poll/read_pace.h"

#include <algorithm>

namespace swarmbell {
namespace {

// However long reading takes, it is not put off for longer.
constexpr absl::Duration kLongestRest = absl::Minutes(1);
constexpr absl::Duration kLongestRestWithEvents = absl::Minutes(5);

// A read that takes no longer is mostly the round trip, and not worth putting off.
constexpr absl::Duration kCheap = absl::Milliseconds(10);

}  // namespace

absl::Duration ReadPace::Rest(bool events_followed) const {
  const absl::Duration took = std::min(took_, took_before_);
  const bool whole_share = soon_ || !events_followed || took <= kCheap;
  const double share = whole_share ? share_ : share_ * left_by_events_;
  return std::min(took / share, whole_share ? kLongestRest : kLongestRestWithEvents);
}

absl::Duration ReadPace::UntilDue(absl::Time now, bool events_followed) const {
  if (!owed_) return absl::InfiniteDuration();
  if (!last_end_ || now < *last_end_) return absl::ZeroDuration();  // or a clock that was set back
  return std::max(*last_end_ + Rest(events_followed) - now, absl::ZeroDuration());
}

void ReadPace::Took(absl::Time start, absl::Time end) {
  owed_ = soon_ = false;
  took_before_ = took_;
  took_ = std::max(end - start, absl::ZeroDuration());
  last_end_ = end;
}

}  // namespace swarmbell
