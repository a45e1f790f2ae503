#pragma once

#include <memory>
#include <vector>

#include "collector/changelog/change_log.h"
#include "collector/docker/engine_client.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/status_board.h"
#include "collector/store/state_store.h"
#include "common/metrics/metrics.h"
#include "common/time/clock.h"

namespace swarmbell {

// Reads one engine again and again, compares each reading with the known state, appends every change to the
// log and keeps the known state in the store, from which it continues after a restart.
//
// Owns its threads: one for services, nodes and tasks, one for plain containers, one for the engine's events.
// A list that cannot be read is unknown, never empty: the known objects are kept, one warning is logged, and
// after `stale_after` a `collector_stale` change reports it, also if nothing fails but nothing is read. An
// engine that is no manager yet is asked again until it is one. The first good reading of a swarm that the
// store does not know emits no changes but those that it proves (see Recollect()).
//
// Thread safety: Status(), Adopt() and CheckFreshness() may be called from any thread; the rest from one.
class Poller {
 public:
  // Keeps the references; reads nothing before Start().
  Poller(EngineClient& engine, ChangeLog& log, StateStore& store, Metrics& metrics, Clock& clock,
         PollOptions options);
  // Stops.
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Starts the threads. Call it once.
  void Start();

  // Reports it when nothing has been read for too long, even if the reading threads hang. Call it each second
  // or so.
  void CheckFreshness();

  // A subscriber has reported these alarms, which this process may not know; see AdoptAlarms(). Thread-safe.
  void Adopt(const std::vector<v1::ChangeEvent>& alarms);

  // Ends the threads and waits for them, which is quick even if the engine hangs.
  void Stop();

  PollStatus Status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarmbell
