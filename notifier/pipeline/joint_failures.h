#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

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
