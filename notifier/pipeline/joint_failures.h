#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/change_facts.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

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
