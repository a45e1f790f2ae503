#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/change_facts.h"
#include "notifier/config/notifier_config.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// The time, on its collectors' clock, up to which all changes of a swarm have been received; unset for a
// swarm that was never heard of. Must not wait.
using ReadUntil = std::function<std::optional<absl::Time>(const std::string& cluster_id)>;

// Counts the failures of each service's tasks and reports a crash loop once, with its count, in place of
// every further failure.
//
// A failure is a `task_failed` that is failed or rejected and was not asked to stop. Enough of them in one
// slot (of a global service: on one node) within the window start a loop; replicas that each fail once, as
// when an engine restarts, do not. The loop is over when no task of the service has failed for the calm time
// and for twice the longest time between two recent failures of a slot, at most the window: a service that
// fails slowly must not leave its loop between two failures. Failures are counted by the time at which they
// were observed, so a stream that catches up is counted correctly; calm is counted by arrival.
//
// Silence is calm only while the swarm is read: a loop whose collectors are gone or stale lasts until one of
// them has read the swarm that long after the last failure. It does not delay the end of other swarms' loops.
//
// New task settings start a new count: if the tasks fail again, a loop is reported again although the earlier
// one was not over.
//
// An update that stopped has reported the failure of its tasks: a loop that begins within the window after it
// is no news, nor is its end.
//
// A task that is rejected for the same reason as the last one of its service is dropped.
//
// A job that is reported as failed ends its count and its loop silently: its attempts were not a loop.
//
// Pure.
class CrashLoops : public Stage {
 public:
  // A service's failures are remembered at least this long, even if the window is shorter: SharedFailures
  // waits before it starts the loop.
  static constexpr absl::Duration kShortestMemory = absl::Seconds(13);

  // Tick calls `read_until`; null: every swarm counts as read.
  explicit CrashLoops(CrashLoopConfig config, ReadUntil read_until = nullptr)
      : config_(config), read_until_(std::move(read_until)) {}

  // Other limits from now on; what was counted stays.
  void Configure(CrashLoopConfig config) { config_ = config; }

  std::string_view Name() const override { return "crash-loops"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  void Tick(const Moment& at, HandOn next) override;
  std::optional<absl::Time> NextDeadline() const override;

  // Returns the events that replace `event`: the event itself, followed by `service_crash_loop` if it starts
  // a loop; none for a failure while its service is in a loop, for a rejection like the one before, and for
  // the missing tasks of a service in a loop (`service_degraded`, and the `service_recovered` that ends it).
  std::vector<v1::ChangeEvent> Replace(const v1::ChangeEvent& event, absl::Time now);

  // Ends the loops that are over: returns a `service_crash_loop_over` for each, or the shortage that it hid
  // where the service still lacks tasks. Forgets failures that no longer count. Without `read_until` every
  // swarm counts as read.
  std::vector<v1::ChangeEvent> EndCalmLoops(absl::Time now, const ReadUntil& read_until = nullptr);

  // Puts the service in a loop from this failure on, however often it has failed: it is reported as one of
  // several that fail. A service that is in a loop stays in it.
  void StartLoop(const v1::ChangeEvent& failure);

  // The failures of a service, by ServiceKey, in its crash loop or within the window; unset if there are
  // none.
  std::optional<FailureCount> CountOf(const std::string& service) const;

  // True if the service, by ServiceKey, has an open loop.
  bool HasLoop(const std::string& service) const;

  // The state of each open loop, and its restoration after a restart. A known loop stays unchanged.
  std::vector<v1::ChangeEvent> OpenLoops() const;
  bool Restore(const v1::ChangeEvent& loop, absl::Time now);

  // The same of the shortages that loops hide. Restore the loops first.
  std::vector<v1::ChangeEvent> HiddenShortages() const;
  void RestoreShortage(const v1::ChangeEvent& shortage);

 private:
  struct Failures {
    // By slot: within the window; in a loop only the last ones, as many as start a loop.
    std::map<std::string, std::deque<absl::Time>> slots;
    std::set<std::string> nodes;
    std::uint32_t total = 0;  // in the loop
    absl::Time first;
    absl::Time last;
    absl::Time last_arrival;
    absl::Time read_since;                          // the calm time must have been read from here on
    absl::Time check_again = absl::InfinitePast();  // while its swarm is not read
    std::string rejected;                           // why the last task was rejected, if it was
    std::optional<v1::ChangeEvent> loop;            // as reported; unset before the loop
    bool reported = true;                           // false: a stopped update was reported instead
    bool renewed = false;                           // its tasks have newer settings than those reported

    bool InLoop() const { return loop && !renewed; }
  };

  std::string_view WhyOf(const v1::ChangeEvent& event, const std::vector<v1::ChangeEvent>& events) const;
  absl::Time Deadline(const Failures& failures) const;
  absl::Duration Calm(const Failures& failures) const;
  bool ReadForCalm(const Failures& failures, const ReadUntil& read_until) const;
  void Renew(const v1::ChangeEvent& event);
  bool Count(Failures& failures, const v1::ChangeEvent& event, absl::Time now) const;
  std::vector<v1::ChangeEvent> PassShortage(const v1::ChangeEvent& event);

  CrashLoopConfig config_;
  ReadUntil read_until_;
  std::map<std::string, Failures> services_;   // by cluster and service identifier
  std::map<std::string, absl::Time> stopped_;  // when an update stopped within the window, likewise
  std::map<std::string, v1::ChangeEvent> hidden_shortages_;  // the `service_degraded`, likewise
};

}  // namespace swarmbell
