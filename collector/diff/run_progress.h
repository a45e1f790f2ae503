#pragma once

#include <map>
#include <string>
#include <vector>

#include "collector/diff/diff.h"
#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Reports how far the updates in progress have come, for messages that live while an update runs: at most one
// change for a service and reading, and only when a number differs from the one before. Forgets what it
// reported with the process; a repeated report has the same identifier. Not thread-safe.
class RunProgressReports {
 public:
  // Call after Diff() of the same reading. Costs nothing while no update runs, otherwise a pass over the
  // tasks. The changes carry no labels.
  std::vector<v1::ChangeEvent> Next(Known& known, const Snapshot& fresh, const DiffContext& context);

 private:
  std::map<std::string, std::string> reported_;  // the last numbers of each run in progress, by service
};

}  // namespace swarmbell
