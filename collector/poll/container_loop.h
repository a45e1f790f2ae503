#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/docker/engine_events.h"
#include "collector/poll/change_sink.h"
#include "collector/poll/poll_loop.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/polled_list.h"
#include "collector/poll/reported_alarms.h"
#include "collector/snapshot/reader.h"
#include "common/sync/mutex.h"

namespace swarmbell {

// The swarm's tasks as they were listed last.
struct ListedTasks {
  Objects<Task> tasks;
  absl::Time asked_at;  // every task that existed then is listed
};

// Separates plain containers from those of swarm tasks, which are reported as tasks. Labels are no proof: an
// image that was committed from a task's container carries them into every container that is made of it. A
// container is a task's if the task that its labels name is known and has no other container. While that task
// may only not have been listed yet, the container is in doubt, and is neither. A decision is final, even
// when the task is forgotten.
//
// Used by one thread.
class PlainContainers {
 public:
  // Returns the plain ones among all containers, which were read from `read_at` on. `tasks` is null while
  // none are known.
  const Objects<Container>& Get(const Objects<Container>& all, const ListedTasks* tasks, absl::Time read_at);

  // True if some container was in doubt at the last Get().
  bool in_doubt() const { return !in_doubt_since_.empty(); }

 private:
  enum class Kind { kPlain, kOfTask, kInDoubt };
  Kind KindOf(const Container& container, const ListedTasks* tasks, absl::Time read_at);

  // Containers that carry a task's labels, by identifier.
  std::map<std::string, Kind> decided_;
  std::map<std::string, absl::Time> in_doubt_since_;  // when they were first read
  Objects<Container> plain_;
};

// The beginning of the watch on a swarm's containers.
struct ContainerStart {
  std::uint64_t generation = 0;  // as in ChangeSink
  Known known;                   // from an earlier run
};

// The thread that reads the plain containers of the engine's own node. It is apart from the swarm's, because
// one broken container can make an engine never answer this request.
class ContainerLoop {
 public:
  // Keeps the references.
  ContainerLoop(EngineClient& engine, Clock& clock, StatusBoard& board, ChangeSink& sink,
                SnapshotReader& reader, const PollOptions& options);

  // Reads until `stop`, once StartSwarm() has been called.
  void Run(std::stop_token stop);

  // All thread-safe.
  // A swarm has become known; continues from the state that an earlier run has kept of its containers.
  void StartSwarm(ContainerStart start);
  // The swarm's tasks have been listed.
  void SetTasks(ListedTasks tasks);
  // The engine has reported an event of a container.
  void OnEvent(const EngineEvent& event);
  // Anything may have changed: reads soon, also after a failure.
  void OnAnythingChanged();
  // As SwarmLoop::Adopt().
  void Adopt(const std::vector<v1::ChangeEvent>& alarms);

 private:
  // The input of other threads for the next round.
  struct Updates {
    std::optional<ContainerStart> start;
    std::optional<ListedTasks> tasks;
    std::vector<EngineEvent> events;  // starts and stops
    bool retry_now = false;
  };

  NextRound Round(std::stop_token stop);
  void ApplyUpdates();
  void ReadOnce(const Identity& identity, std::stop_token stop);
  bool KnowsTasksOfStart(absl::Time now);

  Clock& clock_;
  StatusBoard& board_;
  ChangeSink& sink_;
  const PollOptions& options_;
  PollLoop loop_;
  PolledList<Container> containers_;
  PlainContainers plain_;
  std::optional<std::uint64_t> generation_;  // that `known_` belongs to; unset until a swarm is known
  Known known_;
  ReportedAlarms alarms_;                 // to adopt once the containers have been read
  std::optional<absl::Time> started_at_;  // when the containers of this swarm were first read
  std::optional<ListedTasks> tasks_;
  std::set<std::string> stopped_;  // containers that somebody stopped

  Mutex mutex_;
  Updates updates_ ABSL_GUARDED_BY(mutex_);
  bool needs_tasks_ ABSL_GUARDED_BY(mutex_) = false;  // a container is in doubt until tasks are listed
};

}  // namespace swarmbell
