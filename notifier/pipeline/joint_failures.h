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
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Which receivers were told as failing, also by the process before: each is told once, and once when it
// accepts posts again. Holds one entry for each receiver. Makes such changes the notifier's own.
class ReceiverFailures : public Stage {
 public:
  // `receivers` are all that there are; unset: any.
  explicit ReceiverFailures(std::optional<std::set<std::string>> receivers = std::nullopt)
      : receivers_(std::move(receivers)) {}

  // From now on these are all. Forgets the others: they were taken out of the configuration.
  void Configure(std::optional<std::set<std::string>> receivers);

  std::string_view Name() const override { return "receiver-failures"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // The events to emit for a `receiver_failing` or `receiver_recovered`; none when it is no news.
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

// Tells in one `service_tasks_failed` that tasks of several slots of a service, which ran, failed together,
// as they do when an engine restarts. It waits until none has failed for a moment, so that it counts them
// all, and says nothing when the failures turn out to be something that is told otherwise: a crash loop, an
// update that fails, a job. Within the window of crash loops it tells a service once: replicas that go on
// failing together are on their way into a loop. Rejected tasks have a rule of their own.
//
// Hands on every change at once. Pure.
class JointFailures : public Stage {
 public:
  // How long no other task of the service must have failed, and how long to wait for that at most.
  static constexpr absl::Duration kQuiet = absl::Seconds(4);
  static constexpr absl::Duration kLongestWait = absl::Seconds(10);

  explicit JointFailures(absl::Duration window) : window_(window) {}
  void Configure(absl::Duration window) { window_ = window; }

  std::string_view Name() const override { return "joint-failures"; }
  // Keeps the hold of a failure until it is known what to make of it.
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
    std::set<std::string> nodes;
    std::uint32_t failures = 0;
    absl::Time first;  // as they were seen
    absl::Time last;
    absl::Time began;  // as they arrived
    absl::Time due;
    std::vector<std::shared_ptr<EventHold>> holds;
  };

  void Add(const v1::ChangeEvent& event, const std::shared_ptr<EventHold>& hold, absl::Time now);
  Burst& BurstAt(const v1::ChangeEvent& event, absl::Time seen, absl::Time now);
  void Settle(const std::string& service, Burst& burst, HandOn next);

  absl::Duration window_;
  std::multimap<std::string, Burst> bursts_;  // by ServiceKey
  std::map<std::string, absl::Time> told_;    // likewise: when those failed that were told last
};

}  // namespace swarmbell
