#pragma once

#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "common/sync/mutex.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The alarms that subscribers have reported, until a reading adopts them; see AdoptAlarms(). Only in the
// first minutes of a watch that began without a stored state: afterwards the process knows more than any
// subscriber.
//
// Thread-safe. The times come from one clock.
class ReportedAlarms {
 public:
  static constexpr absl::Duration kAdoptsFor = absl::Minutes(10);
  // The most that wait at a time; more are dropped.
  static constexpr std::size_t kMostAlarms = 2000;
  static constexpr std::size_t kMostBytes = std::size_t{256} << 10;

  // A watch begins. Alarms that were reported before it wait for it.
  void Begin(bool restored, absl::Time now);

  // Returns true if any is accepted.
  bool Add(const std::vector<v1::ChangeEvent>& alarms, absl::Time now);

  // Returns all for a reading that the engine was asked for at `asked_at`; none while the newest of them was
  // reported later than that: the reading may lack its object.
  std::vector<v1::ChangeEvent> Take(absl::Time asked_at, absl::Time now);

 private:
  Mutex mutex_;
  // Before the first watch begins it is not known yet.
  absl::Time until_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::vector<v1::ChangeEvent> alarms_ ABSL_GUARDED_BY(mutex_);
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time newest_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace swarmbell
