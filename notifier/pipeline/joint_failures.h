#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/change_facts.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Several failures that are reported as one: of one receiver, and of replicas of one service.

// The receivers that were reported as failing, also by the process before: each is reported once, and once
// when it accepts posts again. Holds one entry for each receiver. Makes such changes the notifier's own.
class ReceiverFailures : public Stage {
 public:
  // `receivers` are all that exist; unset: any.
  explicit ReceiverFailures(std::optional<std::set<std::string>> receivers = std::nullopt)
      : receivers_(std::move(receivers)) {}

  // Replaces the receivers. Forgets the others: they were removed from the configuration.
  void Configure(std::optional<std::set<std::string>> receivers);

  std::string_view Name() const override { return "receiver-failures"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // The event to emit for a `receiver_failing` or `receiver_recovered`; none if it was reported before.
  std::optional<v1::ChangeEvent> News(const v1::ChangeEvent& event);

  // Restores reports from before a restart. Returns the end of a report if the receiver has accepted a post
  // meanwhile.
  std::optional<v1::ChangeEvent> Restore(const v1::ChangeEvent& failing, absl::Time now);

  // The open reports.
  std::vector<v1::ChangeEvent> Open() const;

  // True if the `receiver_failing` of the previous process, which not every receiver got, must still be
  // posted: not if this process has reported the same with an identifier of its own. Ask before it is
  // restored.
  bool IsNews(const v1::ChangeEvent& failing) const;

 private:
  // Nothing is reported about a removed receiver: its failure would never end.
  bool Exists(const std::string& receiver) const;

  std::optional<std::set<std::string>> receivers_;
  std::map<std::string, v1::ChangeEvent> open_;  // the `receiver_failing`, by receiver
  std::set<std::string> working_;                // have accepted a post since the start or their last failure
};

// Reports in one `service_tasks_failed` that tasks of several slots of a service, which ran, failed together,
// as they do when an engine restarts. It waits until none has failed for a moment, so that it counts all of
// them, and reports nothing if another event reports the failures: a crash loop, an update that fails, a job.
// Within the window of crash loops it reports a service once: replicas that keep failing together will be in
// a loop. Rejected tasks have a rule of their own.
//
// Passes on every change at once. Pure.
class JointFailures : public Stage {
 public:
  // How long no other task of the service must have failed, and how long to wait for that at most.
  static constexpr absl::Duration kQuiet = absl::Seconds(4);
  static constexpr absl::Duration kLongestWait = absl::Seconds(10);

  explicit JointFailures(absl::Duration window) : window_(window) {}
  void Configure(absl::Duration window) { window_ = window; }

  std::string_view Name() const override { return "joint-failures"; }
  // Keeps the hold of a failure until its burst is over.
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  void Tick(const Moment& at, HandOn next) override;
  void Flush(const Moment& at, HandOn next) override;
  std::optional<absl::Time> NextDeadline() const override;
  void MarkLost() override;

 private:
  struct Burst {
    v1::ChangeEvent first_event;
    v1::TaskSummary last_task;
    std::set<std::string> slots;
    FailureCount count;  // by the times at which they were seen
    absl::Time start;    // when the first one arrived
    absl::Time due;
    std::vector<std::shared_ptr<Receipt>> holds;
  };

  void Add(const v1::ChangeEvent& event, const std::shared_ptr<Receipt>& hold, absl::Time now);
  Burst& BurstAt(const v1::ChangeEvent& event, absl::Time seen, absl::Time now);
  void Emit(const std::string& service, Burst& burst, HandOn next);

  absl::Duration window_;
  std::multimap<std::string, Burst> bursts_;    // by ServiceKey
  std::map<std::string, absl::Time> reported_;  // likewise: the last failure that was reported
};

}  // namespace swarmbell
