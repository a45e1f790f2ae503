#include "notifier/pipeline/pipeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/pipeline/grouping.h"
#include "notifier/pipeline/joint_failures.h"
#include "notifier/pipeline/node_losses.h"
#include "notifier/pipeline/open_alarms.h"
#include "notifier/pipeline/overlaps.h"
#include "notifier/pipeline/own_changes.h"
#include "notifier/pipeline/receiver_failures.h"
#include "notifier/pipeline/recent_changes.h"
#include "notifier/pipeline/repeats.h"
#include "notifier/pipeline/routing.h"
#include "notifier/pipeline/shared_failures.h"
#include "notifier/pipeline/silences.h"
#include "notifier/pipeline/stack_deploys.h"
#include "notifier/pipeline/stored_state.h"

namespace swarmbell {
namespace {

// A collector stores at most 256 KiB.
constexpr std::size_t kMostStateBytes = std::size_t{200} << 10;

void AddToState(std::vector<v1::StoredSilence> silences,
                google::protobuf::RepeatedPtrField<v1::StoredSilence>& list, std::size_t& bytes) {
  for (v1::StoredSilence& silence : silences) {
    // Rather without the summary than without the silence.
    if (bytes + silence.ByteSizeLong() > kMostStateBytes / 2) {
      silence.clear_changes();
      silence.clear_conditions();
    }
    bytes += silence.ByteSizeLong();
    if (bytes > kMostStateBytes) return;
    *list.Add() = std::move(silence);
  }
}

// Adds events to a list of the state, as many as fit beside `bytes`, and adds their size to `bytes`.
void AddToState(std::vector<v1::ChangeEvent> events,
                google::protobuf::RepeatedPtrField<v1::ChangeEvent>& list, std::size_t& bytes) {
  for (v1::ChangeEvent& event : events) {
    // Only labels that steer alerts are needed.
    auto& labels = *event.mutable_resource()->mutable_labels();
    for (auto label = labels.begin(); label != labels.end();) {
      label = absl::StartsWith(label->first, "swarmbell.") ? std::next(label) : labels.erase(label);
    }
    bytes += event.ByteSizeLong();
    if (bytes > kMostStateBytes) return;
    *list.Add() = std::move(event);
  }
}

// The same for open stories, and for changes with all labels: rules have not decided about them yet.
template <typename Story>
void AddStories(std::vector<Story> stories, google::protobuf::RepeatedPtrField<Story>& list,
                std::size_t& bytes) {
  for (Story& story : stories) {
    bytes += story.ByteSizeLong();
    if (bytes > kMostStateBytes) return;
    *list.Add() = std::move(story);
  }
}

// The decision of the rules and silences about a failure, as text: failures that they treat differently share
// no card.
SharedFailures::Steering SteeringBy(Evaluate evaluate, Silences& silences) {
  return [evaluate = std::move(evaluate), &silences](const v1::ChangeEvent& event,
                                                     absl::Time now) -> std::string {
    const std::optional<Alert> alert = evaluate(event, now);
    if (!alert) return "";
    return absl::StrCat(static_cast<int>(alert->color), " ", absl::StrJoin(alert->receivers, ","), " ",
                        silences.IdFor(event, now));
  };
}

Evaluate WithoutEffects(const PipelineOptions& options, const Evaluate& evaluate) {
  return options.evaluate_only ? options.evaluate_only : evaluate;
}

}  // namespace

struct Pipeline::Stages {
  // Each stage passes changes on to the next.
  std::vector<Stage*> InOrder() {
    return {
        &receiver_failures,  // reports a receiver that fails once, and its end once
        &repeats,            // drops what came before, from any collector
        &progress,           // passes the progress of updates to the messages that show it
        &overlaps,           // drops versions of an object that another collector reported before
        &recent_changes,     // remembers what may explain later alerts
        &crash_loops,        // one change for the failures of a service that crashes again and again
        &joint_failures,     // one change for replicas of a service that fail together
        &shared_failures,    // one change for services that fail with the same error
        &open_alarms,        // remembers alarms until they end; a removal ends those of its object
        &node_losses,        // one story for a node that is lost and what it takes along
        &stack_deploys,      // one story for the updates of the services of a stack
        &silences,           // drops what a person does not want to hear now
        &own_changes,        // remembers those that no collector sends again until they are posted
        &routing,            // rules, labels and mutes: an alert for each receiver that lacks it
        &grouping,           // one message for the alerts of one object
    };
  }

  Stages(const PipelineOptions& options, const Evaluate& evaluate, HandledChanges& handled)
      : receiver_failures(options.receivers),
        repeats(options.remembered_changes),
        progress(options.on_progress),
        crash_loops(options.crash_loop, options.read_until),
        joint_failures(options.crash_loop.window),
        silences({WithoutEffects(options, evaluate), options.wall_clock, options.on_silenced}, handled),
        shared_failures(options.crash_loop.window, crash_loops,
                        SteeringBy(WithoutEffects(options, evaluate), silences)),
        stack_deploys(options.grouping, options.keeps_state),
        routing(evaluate, handled),
        grouping(options.grouping),
        in_order(InOrder()),
        stored(handled) {}

  ReceiverFailures receiver_failures;
  Repeats repeats;
  Progress progress;
  Overlaps overlaps;
  RecentChanges recent_changes;
  CrashLoops crash_loops;
  JointFailures joint_failures;
  Silences silences;
  SharedFailures shared_failures;
  OpenAlarms open_alarms;
  NodeLosses node_losses;
  StackDeploys stack_deploys;
  OwnChanges own_changes;
  Routing routing;
  Grouper grouping;
  const std::vector<Stage*> in_order;
  StoredState stored;
};

PipelineOptions PipelineOptionsOf(const NotifierConfig& config) {
  PipelineOptions options;
  options.grouping = config.grouping;
  options.crash_loop = config.crash_loop;
  options.keeps_state = !config.subscription.empty();
  options.receivers.emplace();
  for (const ReceiverConfig& receiver : config.receivers) options.receivers->insert(receiver.name);
  return options;
}

Pipeline::Pipeline(PipelineOptions options, Evaluate evaluate, HandledChanges& handled)
    : options_(std::move(options)),
      evaluate_(std::move(evaluate)),
      handled_(&handled),
      stages_(NewStages()) {}

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
  stages_->stack_deploys.Configure(options.grouping);
  stages_->grouping.Configure(options.grouping);
}

std::vector<OutgoingGroup> Pipeline::Process(const FeedBatch& batch, absl::Time now) {
  if (batch.hand_over) {
    HandOver();
    return {};
  }
  // A collector that has stored a state sends it before its feed is followed.
  if (batch.receipt || !batch.state.empty() || !batch.followed.empty()) stages_->stored.SetHeard();
  if (const auto stored = stages_->stored.ParseNews(batch.state)) Restore(*stored, {now, ++last_read_});
  for (const v1::ChangeEvent& event : batch.history) stages_->recent_changes.Remember(event);
  const Moment at{now, ReadOf(batch)};
  if (!batch.followed.empty()) EmitAllOwn(stages_->open_alarms.Followed(batch.followed, now), at);
  if (batch.feeds) EmitAllOwn(stages_->open_alarms.SetFeeds(*batch.feeds, now), at);
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
  return result.wanted;
}

// The last stage first: SharedFailures reports a failure that is due before CrashLoops forgets its count.
std::vector<OutgoingGroup> Pipeline::Tick(absl::Time now) {
  const Moment at{now, ++last_read_};
  for (std::size_t stage = stages_->in_order.size(); stage-- > 0;) {
    stages_->in_order[stage]->Tick(at, [&](const PassingChange& next) { return Pass(stage + 1, next, at); });
  }
  stages_->grouping.EndRead(at.read, now);
  StoreState(now);
  const absl::Time repeat_at = repeat_at_.value_or(now);
  const bool is_set_back = now < repeat_at - kRepeatAlarms;  // the clock
  if (options_.on_open_alarms && (now >= repeat_at || is_set_back)) RepeatAlarms(now);
  return MakeMessages(stages_->grouping.TakeDue(now));
}

std::vector<OutgoingGroup> Pipeline::TakeGrouped() { return MakeMessages(stages_->grouping.TakeAll()); }

std::vector<OutgoingGroup> Pipeline::MakeMessages(std::vector<OutgoingGroup> groups) {
  std::vector<OutgoingGroup> messages = MakeDigests(std::move(groups), options_.grouping.digest_over);
  for (OutgoingGroup& message : messages) {
    if (message.group.color == Color::kRed)
      message.group.before = stages_->recent_changes.Before(message.group);
  }
  return messages;
}

std::vector<OutgoingGroup> Pipeline::Flush(absl::Time now) {
  const Moment at{now, ++last_read_};
  for (std::size_t stage = stages_->in_order.size(); stage-- > 0;) {
    stages_->in_order[stage]->Flush(at, [&](const PassingChange& next) { return Pass(stage + 1, next, at); });
  }
  StoreState(now);
  return TakeGrouped();
}

std::optional<absl::Time> Pipeline::DeadlineOfStages() const {
  std::optional<absl::Time> next;
  for (const Stage* stage : stages_->in_order) {
    const std::optional<absl::Time> deadline = stage->NextDeadline();
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  return next;
}

std::optional<absl::Time> Pipeline::NextDeadline() const {
  std::optional<absl::Time> next = DeadlineOfStages();
  if (repeat_at_ && (!next || *repeat_at_ < *next)) next = repeat_at_;
  return next;
}

std::vector<v1::ChangeEvent> Pipeline::OpenAlarmEvents() const {
  std::vector<v1::ChangeEvent> open = stages_->open_alarms.Open();
  const auto add = [&open](std::vector<v1::ChangeEvent> more) {
    open.insert(open.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  add(stages_->receiver_failures.Open());
  add(stages_->shared_failures.Open());
  for (v1::ChangeEvent& loop : stages_->crash_loops.OpenLoops()) {
    if (!stages_->shared_failures.IsPart(loop)) open.push_back(std::move(loop));
  }
  return open;
}

void Pipeline::RepeatAlarms(absl::Time now) {
  const absl::Time wall = options_.wall_clock ? options_.wall_clock() : now;
  std::vector<Alert> alerts;
  for (const v1::ChangeEvent& event : OpenAlarmEvents()) {
    if (!stages_->silences.IdFor(event, wall).empty()) continue;
    std::optional<Alert> alert = WithoutEffects(options_, evaluate_)(event, now);
    if (alert) alerts.push_back(*std::move(alert));
  }
  // An alarm that opens later is posted by itself.
  repeat_at_ = now + kRepeatAlarms;
  if (!alerts.empty()) options_.on_open_alarms(alerts);
}

Silences& Pipeline::SilencesInForce() { return stages_->silences; }

void Pipeline::HandOver() {
  for (Stage* stage : stages_->in_order) stage->MarkLost();
  stages_ = NewStages();
}

// Emits the restored reports again: they may have been stored but not posted.
void Pipeline::Restore(const v1::NotifierState& stored, const Moment& at) {
  CrashLoops& crash_loops = stages_->crash_loops;
  SharedFailures& shared_failures = stages_->shared_failures;
  ReceiverFailures& receiver_failures = stages_->receiver_failures;
  stages_->silences.Restore(stored);
  std::vector<const v1::ChangeEvent*> loops;
  for (const v1::ChangeEvent& loop : stored.open_crash_loops()) {
    if (crash_loops.Restore(loop, at.now)) loops.push_back(&loop);
  }
  for (const v1::ChangeEvent& failing : stored.open_services_failing()) {
    if (shared_failures.Restore(failing, at.now)) EmitOwn(failing, at);
  }
  for (const v1::ChangeEvent* loop : loops) {
    if (!shared_failures.IsPart(*loop)) EmitOwn(*loop, at);
  }
  for (const v1::ChangeEvent& shortage : stored.hidden_shortages()) crash_loops.RestoreShortage(shortage);
  for (const v1::NodeLoss& loss : stored.node_losses()) stages_->node_losses.Restore(loss);
  for (const v1::StackDeploy& deploy : stored.stack_deploys()) stages_->stack_deploys.Restore(deploy, at.now);
  for (const v1::ChangeEvent& own : stored.untold()) {
    if (!own.has_receiver_failing() || receiver_failures.IsNews(own)) EmitOwn(own, at);
  }
  for (const v1::ChangeEvent& failing : stored.open_receiver_failures()) {
    if (const auto over = receiver_failures.Restore(failing, at.now)) EmitOwn(*over, at);
  }
  EmitAllOwn(stages_->open_alarms.Restore(stored, at.now), at);
  stages_->grouping.EndRead(at.read, at.now);
}

void Pipeline::EmitAllOwn(const std::vector<v1::ChangeEvent>& events, const Moment& at) {
  for (const v1::ChangeEvent& event : events) EmitOwn(event, at);
}

// Emits an event that earlier stages had made, or that waited, before the restart.
void Pipeline::EmitOwn(const v1::ChangeEvent& event, const Moment& at) {
  const auto& list = stages_->in_order;
  const auto from = std::find(list.begin(), list.end(), &stages_->stack_deploys);
  Pass(static_cast<std::size_t>(from - list.begin()), {.event = &event, .own = true}, at);
}

void Pipeline::StoreState(absl::Time now) {
  stages_->own_changes.ForgetSettled();
  if (stages_->stored.IsHeard()) stages_->stored.Store(State(), now);
  if (options_.on_silences) {
    const absl::Time wall = options_.wall_clock ? options_.wall_clock() : now;
    options_.on_silences(stages_->silences.InForce(wall).size());
  }
}

v1::NotifierState Pipeline::State() const {
  v1::NotifierState state;
  std::size_t bytes = 0;
  // First what would be lost, last what would only be reported again.
  AddToState(stages_->silences.Stored(), *state.mutable_silences(), bytes);
  for (std::string& condition : stages_->silences.ReportedConditions()) {
    bytes += condition.size() + 3;
    if (bytes > kMostStateBytes) break;
    state.add_reported_conditions(std::move(condition));
  }
  AddToState(stages_->own_changes.Unsettled(), *state.mutable_untold(), bytes);
  AddStories(stages_->stack_deploys.Waiting(), *state.mutable_untold(), bytes);
  AddStories(stages_->stack_deploys.Open(), *state.mutable_stack_deploys(), bytes);
  AddStories(stages_->node_losses.Open(), *state.mutable_node_losses(), bytes);
  AddToState(stages_->receiver_failures.Open(), *state.mutable_open_receiver_failures(), bytes);
  AddToState(stages_->crash_loops.HiddenShortages(), *state.mutable_hidden_shortages(), bytes);
  AddToState(stages_->shared_failures.Open(), *state.mutable_open_services_failing(), bytes);
  AddToState(stages_->crash_loops.OpenLoops(), *state.mutable_open_crash_loops(), bytes);
  AddToState(stages_->open_alarms.Open(), *state.mutable_open_alarms(), bytes);
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
