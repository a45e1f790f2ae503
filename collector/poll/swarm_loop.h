#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/diff/run_progress.h"
#include "collector/poll/change_sink.h"
#include "collector/poll/container_loop.h"
#include "collector/poll/poll_loop.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/polled_list.h"
#include "collector/poll/reported_alarms.h"
#include "collector/poll/shared_reader.h"
#include "collector/poll/swarm_reader.h"
#include "collector/snapshot/reader.h"
#include "common/sync/mutex.h"

namespace swarmbell {

// The thread that reads services, nodes and tasks, compares them with the known state and emits the changes;
// ReadOnce() has the steps. It also finds out which swarm they are of: after any failure, and when the asked
// node is not among the nodes, it reads /info again before it compares.
class SwarmLoop {
 public:
  // Keeps the references. `containers` is informed of the swarm and of each list of its tasks.
  SwarmLoop(EngineClient& engine, Clock& clock, StatusBoard& board, ChangeSink& sink, SnapshotReader& reader,
            const PollOptions& options, ContainerLoop& containers);

  // Reads until `stop`.
  void Run(std::stop_token stop);

  // All thread-safe. Each brings the next round forward.
  // A service has changed; an empty identifier stands for any of them.
  void OnServiceChanged(const std::string& service_id);
  void OnNodeChanged() { loop_.Wake(); }
  // The answer of an optional endpoint has changed.
  void OnSharedChanged(Endpoint endpoint);
  // Anything may have changed: reads everything, also after a failure.
  void OnAnythingChanged();

  // A subscriber has reported these alarms, which this process may not know; see ReportedAlarms.
  void Adopt(const std::vector<v1::ChangeEvent>& alarms);

  // `followed`: the engine reports changes of services by events now. Thread-safe.
  void SetEventsFollowed(bool followed);

 private:
  NextRound Round(bool timed, std::stop_token stop);
  ReadOrder NextOrder(bool timed);
  void ReadOnce(const ReadOrder& order, std::stop_token stop);
  bool Complete(const ReadOrder& order, Snapshot& fresh, std::stop_token stop);
  std::vector<v1::ChangeEvent> Compare(const Snapshot& fresh);
  void EmitAndKeep(std::vector<v1::ChangeEvent> events);
  std::vector<v1::ChangeEvent> Adopted(const Snapshot& fresh, const DiffContext& context);

  bool IsDoubtful(const Snapshot& fresh) const;
  bool Identify(std::stop_token stop);
  std::optional<SwarmInfo> ReadInfo(std::stop_token stop);
  absl::StatusOr<SwarmInfo> ParseInfo(std::string_view body) const;
  void EnterSwarm(const SwarmInfo& info);
  void LeaveSwarm(const SwarmInfo& info);
  Known RestoreKnown(const SwarmInfo& info);
  void NameObserver();

  Clock& clock_;
  StatusBoard& board_;
  ChangeSink& sink_;
  SnapshotReader& reader_;
  const PollOptions& options_;
  ContainerLoop& containers_;
  PollLoop loop_;

  Mutex mutex_;
  ReadOrder next_order_ ABSL_GUARDED_BY(mutex_);
  bool retry_now_ ABSL_GUARDED_BY(mutex_) = false;
  ReportedAlarms alarms_;  // to adopt

  EngineEndpoint info_;
  SwarmReader swarm_reader_;
  SharedReader shared_reader_;

  std::string cluster_id_;  // empty until the swarm is known
  std::string node_id_;
  bool in_doubt_ = false;    // the engine may be in another swarm now
  bool asked_info_ = false;  // in this round
  bool new_swarm_ = false;   // another swarm was entered in this round: the next one is due at once

  RunProgressReports run_progress_;
  Known known_;
  bool has_marker_key_ = false;
  bool incomparable_ = false;   // texts of `known_` were masked in another way than those read now
  bool first_reading_ = false;  // nothing was known when the swarm was entered, and nothing has been read
  bool unsaved_ = false;        // `known_` has changes that the store has not received
};

}  // namespace swarmbell
