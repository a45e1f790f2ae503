#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "absl/time/time.h"
#include "collector/diff/diff.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/polled_list.h"
#include "collector/snapshot/reader.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// How long a service or node counts as active after its last change.
inline constexpr absl::Duration kActiveFor = absl::Minutes(1);

// The services whose tasks are read at each interval: those that changed within the last minute, those being
// updated or rolled back, and those that have come to lack tasks. Used by one thread.
class ActiveServices {
 public:
  // These have changed.
  void Mark(const ServiceIds& ids, absl::Time now);

  // Returns the active ones of `services`, and forgets the others. Services whose shortage has been reported
  // fill the result up to `most`.
  ServiceIds Get(const Objects<Service>& services, const Known& known, std::size_t most, absl::Time now);

 private:
  std::map<std::string, absl::Time> changed_at_;
};

// Returns the services of which `now` shows another task template or endpoint than `before`, but not yet the
// update that the engine makes for it. The engine shows that 2 to 10 ms later, unless there are no tasks to
// replace. Without it the change would get another identifier than on a collector that read a moment later.
ServiceIds ServicesAwaitingUpdate(const Objects<Service>& before, const Objects<Service>& now);

// The networks in a service's spec, as the spec names them: mostly by identifier.
std::set<std::string> NetworksOf(const Service& service);

// Limits the known names of networks after a comparison to those that exist `now` and a bounded number of
// removed ones, which the next comparison may need.
void ForgetGoneNetworks(const std::map<std::string, std::string>& now,
                        std::map<std::string, std::string>& known);

// The networks and their names. Reads them only on request, and when a service has a network without a known
// name, at most once a minute. Used by one thread.
class NetworkNames {
 public:
  // Keeps the references.
  NetworkNames(EngineClient& engine, Clock& clock, StatusBoard& board, SnapshotReader& reader);

  // Call with each new listing of services.
  void SetServices(const Objects<Service>& services);

  // Asks the engine if that is due; returns all known names by identifier.
  const std::map<std::string, std::string>& Get(std::stop_token stop);

  // The next Get() asks the engine.
  void Request() { requested_ = true; }

  // The networks of the swarm, if the last Get() has read them.
  std::optional<Objects<SharedObject>> OfSwarm() const;

  void RetryNow() { networks_.RetryNow(); }
  absl::Duration UntilRetry() const { return networks_.UntilRetry(); }
  // Forgets everything, for another swarm.
  void Forget();

 private:
  Clock& clock_;
  PolledList<SharedObject> networks_;
  bool requested_ = false;
  bool read_ = false;  // at the last Get()
  Objects<Service> services_;
  std::map<std::string, std::string> names_;
  bool lacks_some_ = false;  // names of networks of services_
  absl::Time asked_at_ = absl::InfinitePast();
};

// The lists to read in a round.
struct ReadOrder {
  bool timed = false;            // the interval's own round
  bool events_followed = false;  // the engine reports changes of services
  bool everything = false;       // anything may have changed
  ServiceIds services = {};      // events reported changes of these
  // The optional endpoints whose answer has changed, as events reported.
  std::set<Endpoint> shared = {};
};

// Reads services, nodes and tasks so that the engine spends no more than a bounded share of a core on it:
// nodes, which are few, each time; services and tasks in full as often as the share allows (see ReadPace),
// and in between only the services that events name, and the tasks of active ones. Used by one thread.
class SwarmReader {
 public:
  // Keeps the references.
  SwarmReader(EngineClient& engine, Clock& clock, StatusBoard& board, SnapshotReader& reader,
              const PollOptions& options);

  // Returns the known objects of all three lists, each unset if it is not known.
  Snapshot Read(const ReadOrder& order, const Known& known, std::stop_token stop);

  // True if the last reading found other nodes than the one before.
  bool nodes_changed() const { return nodes_.changed(); }

  // When the services were last asked for in full.
  absl::Time ServicesAskedAt() const { return services_.all_asked_at(); }
  // When the tasks were last asked for in full.
  absl::Time TasksAskedAt() const { return tasks_.all_asked_at(); }

  // The shortest wait until the next round, because of the partial reads in this one.
  absl::Duration MinWait() const;
  // The longest wait until the next round, for what could not be read, or not yet.
  absl::Duration MaxWait(bool events_followed);

  // Ends the waits after failures.
  void RetryNow();
  // Forgets everything, for another swarm.
  void Forget();

 private:
  void ReadServices(const ReadOrder& order, Snapshot& fresh, std::stop_token stop);
  void AwaitUpdates(const Objects<Service>& before, Snapshot& fresh, std::stop_token stop);
  void ReadNodes(Snapshot& fresh, std::stop_token stop);
  void ReadTasks(const ReadOrder& order, const Known& known, Snapshot& fresh, std::stop_token stop);

  Clock& clock_;
  const PollOptions& options_;
  PacedList<Service> services_;
  PolledList<Node> nodes_;
  PacedList<Task> tasks_;
  ActiveServices active_services_;
  ServiceIds changed_services_;  // in this round, by events or by comparison
  absl::Duration nodes_took_ = absl::ZeroDuration();
  bool nodes_failed_ = false;
  absl::Time nodes_changed_at_ = absl::InfinitePast();
};

}  // namespace swarmbell
