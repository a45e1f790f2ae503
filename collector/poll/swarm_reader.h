#pragma once

#include <set>
#include <stop_token>
#include <string>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/poll/endpoint_reader.h"
#include "collector/poll/paced_reader.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/stirred_services.h"
#include "collector/snapshot/reader.h"

namespace swarmbell {

// The lists to read in a round.
struct ReadOrder {
  bool timed = false;            // it is the interval's turn
  bool events_followed = false;  // the engine tells about changes of services by itself
  bool everything = false;       // anything may have changed
  ServiceIds services;           // these are said to have changed
};

// Reads services, nodes and tasks so that the engine spends no more than a bounded share of a core on it:
// nodes, which are few, each time; services and tasks in full as often as the bound allows (see ReadPace),
// and in between only the services that events name, and the tasks of those with which something goes on.
// Used by one thread.
class SwarmReader {
 public:
  SwarmReader(PollParts parts, SnapshotReader& reader, const PollOptions& options);

  // The known objects of all three lists, each unset if it is not known.
  Snapshot Read(const ReadOrder& order, const Known& known, std::stop_token stop);

  // When the tasks were last asked for in full.
  absl::Time TasksAskedAt() const { return tasks_.all_asked_at(); }

  // How long the next round has to wait, whatever happens, for what this one read in part.
  absl::Duration Rest() const;
  // How long the next round can wait for what could not be read, or not yet.
  absl::Duration Patience(bool events_followed);

  // Does not let endpoints that failed wait.
  void RetryNow();
  // For another swarm.
  void Forget();

 private:
  void Settle(const Objects<Service>& before, Snapshot& fresh, std::stop_token stop);
  void ReadServices(const ReadOrder& order, Snapshot& fresh, std::stop_token stop);
  void ReadNodes(Snapshot& fresh, std::stop_token stop);
  void ReadTasks(const ReadOrder& order, const Known& known, Snapshot& fresh, std::stop_token stop);

  PollParts parts_;
  const PollOptions& options_;
  PacedReader<Service> services_;
  EndpointReader<ListReader<Node>> nodes_;
  PacedReader<Task> tasks_;
  StirredServices stirred_;
  ServiceIds touched_;  // changed, or said to have, in this round
  absl::Duration nodes_took_ = absl::ZeroDuration();
  bool nodes_failed_ = false;
  absl::Time nodes_changed_at_ = absl::InfinitePast();
};

}  // namespace swarmbell
