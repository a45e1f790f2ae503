#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/polled_list.h"
#include "collector/poll/swarm_reader.h"
#include "collector/snapshot/reader.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Reads secrets, configs, networks and the settings of the swarm. They rarely change, so that each is read
// only at the start, when an event reports a change, and as a safety net each 30 intervals, or each 6 while
// no events are followed. The engine reports no event of the swarm's settings: they are also read when a node
// has changed, as all do when the certificate authority is rotated.
//
// Secrets and configs are lists of names: of a config the engine also sends the content, which is dropped
// while it is parsed. Used by one thread.
class SharedReader {
 public:
  // Keeps the references.
  SharedReader(EngineClient& engine, Clock& clock, StatusBoard& board, SnapshotReader& reader,
               const PollOptions& options);

  // Notes what may have changed.
  void Request(const ReadOrder& order, bool nodes_changed);

  // Adds to `fresh` what is due, and the known names of networks. Requires services and nodes in it: a
  // manager without a leader lists no networks of the swarm, and no error.
  void Read(const Known& known, Snapshot& fresh, std::stop_token stop);

  // The longest wait until the next round.
  absl::Duration MaxWait() const;

  // Ends the waits after failures.
  void RetryNow();
  // Forgets everything, for another swarm.
  void Forget();

 private:
  void ReadList(Endpoint endpoint, PolledList<SharedObject>& list,
                std::optional<Objects<SharedObject>>& fresh, std::stop_token stop);
  void ReadSettings(Snapshot& fresh, std::stop_token stop);
  void ReadNetworks(const Known& known, Snapshot& fresh, std::stop_token stop);

  Clock& clock_;
  const PollOptions& options_;
  SnapshotReader& reader_;
  PolledList<SharedObject> secrets_;
  PolledList<SharedObject> configs_;
  NetworkNames networks_;
  EngineEndpoint swarm_;
  std::set<Endpoint> due_;
  absl::Time requested_at_ = absl::InfinitePast();  // all of them
  bool wanted_ = false;                             // all of them, when their pace allows it
  absl::Time asked_for_everything_at_ = absl::InfinitePast();
  std::map<Endpoint, absl::Time> not_before_;  // see kShareOfTime
  bool asked_again_ = false;                   // a known network was missing, and the list is read once more
};

}  // namespace swarmbell
