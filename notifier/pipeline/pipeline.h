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
#include "notifier/pipeline/grouping.h"
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
  // All receivers that exist: what is known of others is forgotten, and nothing is told of them. Unset: any.
  std::optional<std::set<std::string>> receivers = std::nullopt;
  // How many changes are remembered to drop repeats.
  std::size_t remembered_changes = 65'536;
  // The rules, when they are only asked what they would tell. Null: `evaluate` is asked that too.
  Evaluate would_tell = nullptr;
  // Asked on the pipeline's thread whether a crash loop is over. Null: every swarm counts as read.
  ReadUntil read_until = nullptr;
  // Called with what each stage did with a change, after the stages behind it. Null: nobody.
  OnStep on_step = nullptr;
};

// The options that the configuration sets.
PipelineOptions PipelineOptionsOf(const NotifierConfig& config);

// The way of a change to the messages that tell it. The stages and their order are the list in
// Stages::InOrder() of pipeline.cc; what comes out of the last of them is made a digest where it is much.
//
// Pure but for what the functions of the options and `evaluate` do: times are passed in, nothing waits. Not
// thread-safe.
class Pipeline {
 public:
  // `handled` must outlive the pipeline and every receipt that it makes.
  Pipeline(PipelineOptions options, Evaluate evaluate, Handled& handled);
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) = delete;

  // Other grouping, limits of crash loops and receivers from now on; what is known and on its way stays. The
  // other options are those of the start.
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
  struct Stages;

  std::unique_ptr<Stages> NewStages() const;
  bool Pass(std::size_t stage, const PassingChange& change, const Moment& at);
  void TellOwn(const v1::ChangeEvent& event, const Moment& at);
  void Restore(const v1::NotifierState& kept, const Moment& at);
  void KeepState(absl::Time now);
  v1::NotifierState State() const;
  std::uint64_t ReadOf(const FeedBatch& batch);

  PipelineOptions options_;
  Evaluate evaluate_;
  Handled* handled_;
  std::unique_ptr<Stages> stages_;
  KeptState kept_;
  std::uint64_t last_read_ = 0;
  std::map<std::string, std::uint64_t> unfinished_reads_;  // by collector
};

}  // namespace swarmbell
