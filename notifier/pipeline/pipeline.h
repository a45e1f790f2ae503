#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/feed_batch.h"
#include "notifier/feed/handled.h"
#include "notifier/pipeline/crash_loop.h"
#include "notifier/pipeline/grouping.h"
#include "notifier/pipeline/joint_failures.h"
#include "notifier/pipeline/overlaps.h"
#include "notifier/pipeline/receiver_failures.h"
#include "notifier/pipeline/repeats.h"
#include "notifier/pipeline/shared_failures.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

struct PipelineOptions {
  GroupingConfig grouping;
  CrashLoopConfig crash_loop;
  // All that there are: what is known of others is forgotten, and of them nothing is told. Unset: any.
  std::optional<std::set<std::string>> receivers = std::nullopt;
  // How many changes are remembered to drop repeats.
  std::size_t remembered_changes = 65'536;
  // The rules, when they are only asked what they would tell. Null: `evaluate` is asked that too.
  std::function<std::optional<Alert>(const v1::ChangeEvent& event, absl::Time now)> would_tell = nullptr;
  // Asked on the pipeline's thread whether a crash loop is over. Null: every swarm counts as read.
  ReadUntil read_until = nullptr;
};

// The way of a change to the messages that tell it: repeats are dropped, crash loops counted, failures of
// several slots or services told together, the rules asked, receivers that have it already left out, alerts
// grouped, floods digested. The order of the stages is that of the lines of pipeline.cc.
//
// Pure but for what `evaluate` does: times are passed in, nothing waits. Not thread-safe.
class Pipeline {
 public:
  // The rules: the alert that a change makes, if any.
  using Evaluate = std::function<std::optional<Alert>(const v1::ChangeEvent& event, absl::Time now)>;

  // `handled` must outlive the pipeline and every receipt that it makes.
  Pipeline(const PipelineOptions& options, Evaluate evaluate, Handled& handled);

  // Other options from now on, but for `remembered_changes`, `would_tell` and `read_until`; what is known and
  // on its way stays.
  void Configure(const PipelineOptions& options);

  // Takes changes in; returns the messages that are due.
  std::vector<OutgoingGroup> Process(const FeedBatch& batch, absl::Time now);

  // Returns the messages that are due without a change coming in.
  std::vector<OutgoingGroup> Tick(absl::Time now);

  // Forgets what it knows, and what is on its way as lost: another notifier takes over.
  void HandOver();

  // Returns all messages that are made, due or not.
  std::vector<OutgoingGroup> TakeGrouped();

  // Returns all messages, due or not, also of what waits for more of its kind.
  std::vector<OutgoingGroup> Flush(absl::Time now);

  // When to call Tick; unset if there is nothing to wait for.
  std::optional<absl::Time> NextDeadline() const;

 private:
  void Take(const v1::ChangeEvent& event, const FeedBatch& batch, std::uint64_t read, absl::Time now);
  TellEvent Teller(std::uint64_t read, absl::Time now);
  bool Tell(const v1::ChangeEvent& event, const std::shared_ptr<EventHold>& hold, std::uint64_t read,
            absl::Time now);
  bool TellOwn(const v1::ChangeEvent& event, std::uint64_t read, absl::Time now);
  void Restore(const std::string& state, absl::Time now);
  v1::NotifierState State() const;
  void KeepState(absl::Time now);
  SharedFailures NewSharedFailures() const;
  std::uint64_t ReadOf(const FeedBatch& batch);

  PipelineOptions options_;
  Evaluate evaluate_;
  Handled* handled_;
  std::string kept_;                             // as last kept, but for its time
  absl::Time kept_time_ = absl::InfinitePast();  // since when
  // Whether a collector was heard. What it kept comes with its first word; until then nothing may replace it.
  bool heard_ = false;
  Repeats repeats_;
  Overlaps overlaps_;
  CrashLoops crash_loops_;
  JointFailures joint_failures_;
  SharedFailures shared_failures_;
  ReceiverFailures receiver_failures_;
  Grouper grouper_;
  // What no collector tells again, while somebody holds it.
  std::map<std::string, std::pair<v1::ChangeEvent, std::weak_ptr<EventHold>>> untold_;  // by event_id
  std::uint64_t last_read_ = 0;
  std::map<std::string, std::uint64_t> unfinished_reads_;  // by collector
};

}  // namespace swarmbell
