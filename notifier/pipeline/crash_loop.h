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
#include "notifier/config/notifier_config.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Until when, on its collectors' clock, all that happened in a swarm has been heard of; unset for a swarm
// that was never heard of. Called by whoever looks whether loops are over; must not wait.
using ReadUntil = std::function<std::optional<absl::Time>(const std::string& cluster_id)>;

// How often the tasks of a service have failed: in its crash loop, or within the window.
struct FailureCount {
  std::uint32_t failures = 0;
  absl::Time first;
  absl::Time last;
  std::set<std::string> nodes;  // where
};

// Counts the failures of each service's tasks and tells a crash loop once, with its count, in place of every
// further failure.
//
// A failure is a `task_failed` that is failed or rejected and had not been told to stop. Enough of them of
// one slot (of a global service: on one node) within the window begin a loop; replicas that each fail once,
// as when an engine restarts, do not. It is over when no task of the service failed for the calm time, and
// for twice as long as a slot has lately gone between two failures (but not for longer than the window), so
// that one that fails slowly does not leave its loop between every two. Failures are counted by the time they
// were observed, so a stream that catches up counts right; calm is counted by arrival.
//
// Silence is calm only while the swarm is read: a loop whose collectors are gone or stale goes on until one
// of them has read the swarm that long after the last failure. Other swarms' loops do not wait for it.
//
// New settings of its tasks begin a new count: when they fail too, that is told again, though the loop before
// was not over.
//
// A task that is rejected for the same reason as the last one of its service says nothing new.
//
// A job that is told as failed ends its count and its loop silently: its attempts were no loop.
//
// Pure.
class CrashLoops : public Stage {
 public:
  // A service's failures are remembered at least for so long, also when the window is shorter: SharedFailures
  // waits before it begins the loop.
  static constexpr absl::Duration kShortestMemory = absl::Seconds(13);

  // Tick asks `read_until`; null: every swarm counts as read.
  explicit CrashLoops(CrashLoopConfig config, ReadUntil read_until = nullptr)
      : config_(config), read_until_(std::move(read_until)) {}

  // Other limits from now on; what was counted stays.
  void Configure(CrashLoopConfig config) { config_ = config; }

  std::string_view Name() const override { return "crash-loops"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  void Tick(const Moment& at, HandOn next) override;
  std::optional<absl::Time> NextDeadline() const override;

  // Returns the events that replace `event`: the event itself, followed by `service_crash_loop` when it
  // begins a loop; none for a failure while its service is in a loop, for a rejection like the one before,
  // and for the missing tasks of a service in a loop (`service_degraded`, and the `service_recovered` that
  // ends it).
  std::vector<v1::ChangeEvent> Replace(const v1::ChangeEvent& event, absl::Time now);

  // A `service_crash_loop_over` for each loop that is over, or the shortage that it hid where the service
  // still lacks tasks; forgets what no longer counts. Without `read_until` every swarm counts as read.
  std::vector<v1::ChangeEvent> TakeOver(absl::Time now, const ReadUntil& read_until = nullptr);

  // From this failure on the service is in a loop, however often it has failed: it is told as one of several
  // that do. One that is in a loop stays in it.
  void BeginLoop(const v1::ChangeEvent& failure);

  // The failures that count of a service, by ServiceKey; unset if there are none.
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
    // By slot: within the window; in a loop as many of the last as begin one.
    std::map<std::string, std::deque<absl::Time>> slots;
    std::set<std::string> nodes;
    std::uint32_t total = 0;  // in the loop
    absl::Time first;
    absl::Time last;
    absl::Time last_arrival;
    absl::Time read_since;                         // from here on the calm time has to have been read
    absl::Time look_again = absl::InfinitePast();  // while its swarm is not read
    std::string rejected;                          // why the last task was rejected, if it was
    std::optional<v1::ChangeEvent> loop;           // what was told; unset before the loop
    bool renewed = false;                          // its tasks have other settings than those that were told

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
  std::map<std::string, Failures> services_;                 // by cluster and service identifier
  std::map<std::string, v1::ChangeEvent> hidden_shortages_;  // the `service_degraded`, likewise
};

}  // namespace swarmbell
