#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// How long after its last change something may still go on.
inline constexpr absl::Duration kUntilCalm = absl::Minutes(1);

// Identifiers of services.
using ServiceIds = std::set<std::string>;

// The services of which one listing has another state than the other, or a task in another state.
ServiceIds DifferentServices(const Objects<Service>& before, const Objects<Service>& after);
ServiceIds DifferentServices(const Objects<Task>& before, const Objects<Task>& after);

// The services whose tasks are read each interval, because something goes on with them: those that changed
// within the last minute, those being updated or rolled back, and those that have come to lack tasks. One
// thread.
class StirredServices {
 public:
  void Stir(const ServiceIds& ids, absl::Time now);

  // Returns those that are in `services` and forgets the others. Services whose shortage has been reported
  // fill the result up to `most`.
  ServiceIds Get(const Objects<Service>& services, const Known& known, std::size_t most, absl::Time now);

 private:
  std::map<std::string, absl::Time> stirred_at_;
};

}  // namespace swarmbell
