#include "notifier/pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/pipeline/dedup.h"
#include "notifier/pipeline/grouping.h"
#include "notifier/pipeline/joint_failures.h"
#include "notifier/pipeline/shared_failures.h"

namespace swarmbell {
namespace {

// The rules' decision about a failure, as text: failures that they treat differently share no card.
SharedFailures::Steered SteeringBy(Evaluate would_tell) {
  return [would_tell = std::move(would_tell)](const v1::ChangeEvent& event, absl::Time now) -> std::string {
    const std::optional<Alert> alert = would_tell(event, now);
    if (!alert) return "";
    return absl::StrCat(static_cast<int>(alert->color), " ", absl::StrJoin(alert->receivers, ","));
  };
}

}  // namespace

struct Pipeline::Stages {
  // The way of a change: each stage hands on to the next.
  std::vector<Stage*> InOrder() {
    return {
        &receiver_failures,  // a receiver that fails: once, and its end once
        &repeats,            // drops what came before, from any collector
        &overlaps,           // drops versions of an object that came before from another collector
        &crash_loops,        // one change for the failures of a service that crashes again and again
        &joint_failures,     // one change for replicas of a service that fail together
        &shared_failures,    // one change for services that fail with the same error
        &own_changes,        // remembers until they are told those that no collector sends again
        &routing,            // rules, labels and mutes: an alert for each receiver that lacks it
        &grouping,           // one message for the alerts of one object
    };
  }

  Stages(const PipelineOptions& options, const Evaluate& evaluate, Handled& handled)
      : receiver_failures(options.receivers),
        repeats(options.remembered_changes),
        crash_loops(options.crash_loop, options.read_until),
        joint_failures(options.crash_loop.window),
        shared_failures(options.crash_loop.window, crash_loops,
                        SteeringBy(options.would_tell ? options.would_tell : evaluate)),
        routing(evaluate, handled),
        grouping(options.grouping),
        in_order(InOrder()) {}

  ReceiverFailures receiver_failures;
  Repeats repeats;
  Overlaps overlaps;
  CrashLoops crash_loops;
  JointFailures joint_failures;
  SharedFailures shared_failures;
  OwnChanges own_changes;
  Routing routing;
  Grouper grouping;
  const std::vector<Stage*> in_order;
};

PipelineOptions PipelineOptionsOf(const NotifierConfig& config) {
  PipelineOptions options;
  options.grouping = config.grouping;
  options.crash_loop = config.crash_loop;
  options.receivers.emplace();
  for (const ReceiverConfig& receiver : config.receivers) options.receivers->insert(receiver.name);
  return options;
}

Pipeline::Pipeline(PipelineOptions options, Evaluate evaluate, Handled& handled)
    : options_(std::move(options)),
      evaluate_(std::move(evaluate)),
      handled_(&handled),
      stages_(NewStages()),
      kept_(handled) {}

Pipeline::~Pipeline() = default;
Pipeline::Pipeline(Pipeline&&) noexcept = default;

std::unique_ptr<Pipeline::Stages> Pipeline::NewStages() const {
  return std::make_unique<Stages>(options_, evaluate_, *handled_);
}

void Pipeline::Configure(const PipelineOptions& options) {
  options_.grouping = options.grouping;
  options_.crash_loop = options.crash_loop;
  options_.receivers = options.receivers;
  stages_->receiver_failures.Configure(options.receivers);
  stages_->crash_loops.Configure(options.crash_loop);
  stages_->joint_failures.Configure(options.crash_loop.window);
  stages_->shared_failures.Configure(options.crash_loop.window);
  stages_->grouping.Configure(options.grouping);
}

std::vector<OutgoingGroup> Pipeline::Process(const FeedBatch& batch, absl::Time now) {
  if (batch.hand_over) HandOver();
  if (batch.receipt || !batch.state.empty()) kept_.SetHeard();
  if (const auto kept = kept_.TakeNewer(batch.state)) Restore(*kept, {now, ++last_read_});
  const Moment at{now, ReadOf(batch)};
  for (const v1::ChangeEvent& event : batch.events) Pass(0, {.event = &event, .receipt = batch.receipt}, at);
  if (!batch.continued) stages_->grouping.EndRead(at.read, now);
  return Tick(now);
}

bool Pipeline::Pass(std::size_t stage, const PassingChange& change, const Moment& at) {
  if (stage == stages_->in_order.size()) return true;
  Stage& here = *stages_->in_order[stage];
  const StageResult result =
      here.Pass(change, at, [&](const PassingChange& next) { return Pass(stage + 1, next, at); });
  if (options_.on_step) options_.on_step({stage, here.Name(), *change.event, result});
  return result.told;
}

// The last stage first: a failure that is due in SharedFailures is told before CrashLoops forgets its count.
std::vector<OutgoingGroup> Pipeline::Tick(absl::Time now) {
  const Moment at{now, ++last_read_};
  for (std::size_t stage = stages_->in_order.size(); stage-- > 0;) {
    stages_->in_order[stage]->Tick(at, [&](const PassingChange& next) { return Pass(stage + 1, next, at); });
  }
  stages_->grouping.EndRead(at.read, now);
  KeepState(now);
  return MakeDigests(stages_->grouping.TakeDue(now), options_.grouping.digest_over);
}

std::vector<OutgoingGroup> Pipeline::TakeGrouped() {
  return MakeDigests(stages_->grouping.TakeAll(), options_.grouping.digest_over);
}

std::vector<OutgoingGroup> Pipeline::Flush(absl::Time now) {
  const Moment at{now, ++last_read_};
  for (std::size_t stage = stages_->in_order.size(); stage-- > 0;) {
    stages_->in_order[stage]->Flush(at, [&](const PassingChange& next) { return Pass(stage + 1, next, at); });
  }
  KeepState(now);
  return TakeGrouped();
}

std::optional<absl::Time> Pipeline::NextDeadline() const {
  std::optional<absl::Time> next;
  for (const Stage* stage : stages_->in_order) {
    const std::optional<absl::Time> deadline = stage->NextDeadline();
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  return next;
}

void Pipeline::HandOver() {
  for (Stage* stage : stages_->in_order) stage->MarkLost();
  stages_ = NewStages();
  kept_.Forget();
}

// They may have been kept and not told.
void Pipeline::Restore(const v1::NotifierState& kept, const Moment& at) {
  CrashLoops& crash_loops = stages_->crash_loops;
  SharedFailures& shared_failures = stages_->shared_failures;
  ReceiverFailures& receiver_failures = stages_->receiver_failures;
  std::vector<const v1::ChangeEvent*> loops;
  for (const v1::ChangeEvent& loop : kept.open_crash_loops()) {
    if (crash_loops.Restore(loop, at.now)) loops.push_back(&loop);
  }
  for (const v1::ChangeEvent& failing : kept.open_services_failing()) {
    if (shared_failures.Restore(failing, at.now)) TellOwn(failing, at);
  }
  for (const v1::ChangeEvent* loop : loops) {
    if (!shared_failures.IsPart(*loop)) TellOwn(*loop, at);
  }
  for (const v1::ChangeEvent& shortage : kept.hidden_shortages()) crash_loops.RestoreShortage(shortage);
  for (const v1::ChangeEvent& untold : kept.untold()) {
    if (!untold.has_receiver_failing() || receiver_failures.IsNews(untold)) TellOwn(untold, at);
  }
  for (const v1::ChangeEvent& failing : kept.open_receiver_failures()) {
    if (const auto over = receiver_failures.Restore(failing, at.now)) TellOwn(*over, at);
  }
  stages_->grouping.EndRead(at.read, at.now);
}

// The events that earlier stages had made before the restart.
void Pipeline::TellOwn(const v1::ChangeEvent& event, const Moment& at) {
  const auto& list = stages_->in_order;
  const auto from = std::find(list.begin(), list.end(), &stages_->own_changes);
  Pass(static_cast<std::size_t>(from - list.begin()), {.event = &event, .own = true}, at);
}

void Pipeline::KeepState(absl::Time now) {
  stages_->own_changes.ForgetSettled();
  if (kept_.IsHeard()) kept_.Keep(State(), now);
}

v1::NotifierState Pipeline::State() const {
  v1::NotifierState state;
  std::size_t bytes = 0;
  // First what would be lost, last what would only be told again.
  AddToState(stages_->own_changes.Untold(), *state.mutable_untold(), bytes);
  AddToState(stages_->receiver_failures.Open(), *state.mutable_open_receiver_failures(), bytes);
  AddToState(stages_->crash_loops.HiddenShortages(), *state.mutable_hidden_shortages(), bytes);
  AddToState(stages_->shared_failures.Open(), *state.mutable_open_services_failing(), bytes);
  AddToState(stages_->crash_loops.OpenLoops(), *state.mutable_open_crash_loops(), bytes);
  return state;
}

std::uint64_t Pipeline::ReadOf(const FeedBatch& batch) {
  const auto unfinished = unfinished_reads_.find(batch.collector);
  const bool known = unfinished != unfinished_reads_.end();
  const std::uint64_t read = known ? unfinished->second : ++last_read_;
  if (batch.continued) {
    unfinished_reads_[batch.collector] = read;
  } else if (known) {
    unfinished_reads_.erase(unfinished);
  }
  return read;
}

}  // namespace swarmbell
