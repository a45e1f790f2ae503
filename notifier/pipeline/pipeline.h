#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/feed_batch.h"
#include "notifier/pipeline/crash_loop.h"
#include "notifier/pipeline/grouping.h"
#include "notifier/pipeline/outgoing_group.h"
#include "notifier/pipeline/recent_ids.h"

namespace swarmbell {

struct PipelineOptions {
  GroupingConfig grouping;
  CrashLoopConfig crash_loop;
  // How many changes are remembered to drop repeats.
  std::size_t remembered_changes = 65'536;
};

// The way of a change to the messages that tell it: repeats are dropped, crash loops counted, the rules
// asked, alerts grouped, floods digested. The order of the stages is that of the lines of pipeline.cc.
//
// Pure but for what `evaluate` does: times are passed in, nothing waits. Not thread-safe.
class Pipeline {
 public:
  // The rules: the alert that a change makes, if any.
  using Evaluate = std::function<std::optional<Alert>(const v1::ChangeEvent& event, absl::Time now)>;

  Pipeline(const PipelineOptions& options, Evaluate evaluate);

  // Takes changes in; returns the messages that are due.
  std::vector<OutgoingGroup> Process(const FeedBatch& batch, absl::Time now);

  // Returns the messages that are due without a change coming in.
  std::vector<OutgoingGroup> Tick(absl::Time now);

  // Returns all messages, due or not.
  std::vector<OutgoingGroup> Flush();

  // When to call Tick; unset if there is nothing to wait for.
  std::optional<absl::Time> NextDeadline() const;

 private:
  void Tell(const v1::ChangeEvent& event, const std::shared_ptr<Receipt>& receipt, std::uint64_t read,
            absl::Time now);
  std::uint64_t ReadOf(const FeedBatch& batch);

  PipelineOptions options_;
  Evaluate evaluate_;
  RecentIds recent_ids_;
  CrashLoops crash_loops_;
  Grouper grouper_;
  std::uint64_t last_read_ = 0;
  std::map<std::string, std::uint64_t> unfinished_reads_;  // by collector
};

}  // namespace swarmbell
