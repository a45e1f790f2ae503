#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/crash_loop.h"
#include "notifier/pipeline/progress.h"
#include "notifier/pipeline/routing.h"
#include "notifier/pipeline/silences.h"
#include "notifier/pipeline/stage.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

// The outcome of one stage for one change. `place` is that of the stage in the list.
struct Step {
  std::size_t place = 0;
  std::string_view stage;
  const v1::ChangeEvent& event;  // valid while the call lasts
  StageResult result;
};
using OnStep = std::function<void(const Step& step)>;

struct PipelineOptions {
  GroupingConfig grouping;
  CrashLoopConfig crash_loop;
  // All receivers that exist: others are forgotten, and nothing is reported about them. Unset: any.
  std::optional<std::set<std::string>> receivers = std::nullopt;
  // Collectors keep the state: what waits for long survives the end of the process.
  bool keeps_state = true;
  // The number of changes that are remembered to drop repeats.
  std::size_t remembered_changes = 65'536;
  // The rules, when only their decision matters and no alert is made. Null: `evaluate` is called instead.
  Evaluate evaluate_only = nullptr;
  // Called on the pipeline's thread to find crash loops that are over. Null: every swarm counts as read.
  ReadUntil read_until = nullptr;
  // See SilencesOptions.
  std::function<absl::Time()> wall_clock = nullptr;
  std::function<void(const Alert& alert)> on_silenced = nullptr;
  // Called with the number of silences that are in force, after each call that may change it. May be null.
  std::function<void(std::size_t silences)> on_silences = nullptr;
  // Called with the progress of an update, on the pipeline's thread; it must not wait. May be null.
  Progress::OnProgress on_progress = nullptr;
  // Called with the alarms that were reported and have not ended, as alerts by the rules in force, without
  // those of a silence: each kRepeatAlarms while there are any, on the pipeline's thread; it must not wait.
  // May be null. See Chat::join.
  std::function<void(const std::vector<Alert>& open)> on_open_alarms = nullptr;
  // Called with the result of each stage for a change, after the stages behind it. May be null.
  OnStep on_step = nullptr;
};

// How often open alarms are repeated; well below the time after which Alertmanager takes them for over.
inline constexpr absl::Duration kRepeatAlarms = absl::Minutes(1);

// The options that the configuration sets.
PipelineOptions PipelineOptionsOf(const NotifierConfig& config);

// Processes changes to messages. The stages and their order are the list in Stages::InOrder() of pipeline.cc;
// many messages of the last stage become a digest.
//
// Pure except for the functions of the options and `evaluate`: times are passed in, nothing waits. Not
// thread-safe.
class Pipeline {
 public:
  // `handled` must outlive the pipeline and every receipt that it makes.
  Pipeline(PipelineOptions options, Evaluate evaluate, HandledChanges& handled);
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) = delete;

  // Replaces grouping, limits of crash loops and receivers; the state of the stages stays. The other options
  // cannot be changed.
  void Configure(const PipelineOptions& options);

  // Processes changes; returns the messages that are due.
  std::vector<OutgoingGroup> Process(const FeedBatch& batch, absl::Time now);

  // Returns the messages that are due without a new change.
  std::vector<OutgoingGroup> Tick(absl::Time now);

  // Another notifier takes over: forgets everything and marks waiting changes as lost. HandledChanges keeps
  // the state for the last acknowledgement.
  void HandOver();

  // Returns all messages of the last stage, due or not.
  std::vector<OutgoingGroup> TakeGrouped();

  // Returns all messages, due or not, also of changes that wait in other stages.
  std::vector<OutgoingGroup> Flush(absl::Time now);

  // When to call Tick; unset if there is nothing to wait for.
  std::optional<absl::Time> NextDeadline() const;

  // True if a change waits in a stage. The repetition of open alarms waits for none.
  bool Waits() const { return DeadlineOfStages().has_value(); }

  // The stage of the silences; valid until the next call of Process. Call Tick after a change of it, and at
  // its NextEnd(), which is no deadline of the pipeline's: it is of the wall clock.
  Silences& SilencesInForce();

 private:
  struct Stages;

  std::unique_ptr<Stages> NewStages() const;
  bool Pass(std::size_t stage, const PassingChange& change, const Moment& at);
  std::vector<OutgoingGroup> MakeMessages(std::vector<OutgoingGroup> groups);
  void EmitOwn(const v1::ChangeEvent& event, const Moment& at);
  void EmitAllOwn(const std::vector<v1::ChangeEvent>& events, const Moment& at);
  void Restore(const v1::NotifierState& stored, const Moment& at);
  std::vector<v1::ChangeEvent> OpenAlarmEvents() const;
  std::optional<absl::Time> DeadlineOfStages() const;
  void RepeatAlarms(absl::Time now);
  void StoreState(absl::Time now);
  v1::NotifierState State() const;
  std::uint64_t ReadOf(const FeedBatch& batch);

  PipelineOptions options_;
  Evaluate evaluate_;
  HandledChanges* handled_;
  std::unique_ptr<Stages> stages_;
  std::optional<absl::Time> repeat_at_;  // see RepeatAlarms
  std::uint64_t last_read_ = 0;
  std::map<std::string, std::uint64_t> unfinished_reads_;  // by collector
};

}  // namespace swarmbell
