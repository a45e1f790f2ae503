#include "notifier/pipeline/pipeline.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/time/proto_time.h"
#include "notifier/alert/alert_group.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

namespace {

// A collector keeps at most 256 KiB.
constexpr std::size_t kMostKeptBytes = std::size_t{200} << 10;

// Adds as many as there is room for.
void Keep(std::vector<v1::ChangeEvent> events, google::protobuf::RepeatedPtrField<v1::ChangeEvent>& kept,
          std::size_t& bytes) {
  for (v1::ChangeEvent& event : events) {
    // Of the labels only those that steer alerts are worth keeping.
    auto& labels = *event.mutable_resource()->mutable_labels();
    for (auto label = labels.begin(); label != labels.end();) {
      label = absl::StartsWith(label->first, "swarmbell.") ? std::next(label) : labels.erase(label);
    }
    bytes += event.ByteSizeLong();
    if (bytes > kMostKeptBytes) return;
    *kept.Add() = std::move(event);
  }
}

// The same for the same state: Protobuf writes a map in another order each time, unless told otherwise.
std::string BytesOf(const v1::NotifierState& state) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  // It cannot fail: a string takes all, and no field is required.
  static_cast<void>(state.SerializeToCodedStream(&coded));
  coded.Trim();
  return bytes;
}

}  // namespace

Pipeline::Pipeline(const PipelineOptions& options, Evaluate evaluate, Handled& handled)
    : options_(options),
      evaluate_(std::move(evaluate)),
      handled_(&handled),
      repeats_(options.remembered_changes),
      crash_loops_(options.crash_loop),
      joint_failures_(options.crash_loop.window),
      shared_failures_(NewSharedFailures()),
      receiver_failures_(options.receivers),
      grouper_(options.grouping) {}

void Pipeline::Configure(const PipelineOptions& options) {
  options_.grouping = options.grouping;
  options_.crash_loop = options.crash_loop;
  options_.receivers = options.receivers;
  receiver_failures_.Configure(options.receivers);
  grouper_.Configure(options.grouping);
  crash_loops_.Configure(options.crash_loop);
  joint_failures_.Configure(options.crash_loop.window);
  shared_failures_.Configure(options.crash_loop.window);
}

std::vector<OutgoingGroup> Pipeline::Process(const FeedBatch& batch, absl::Time now) {
  if (batch.hand_over) HandOver();
  heard_ = heard_ || batch.receipt || !batch.state.empty();
  if (!batch.state.empty()) Restore(batch.state, now);
  const std::uint64_t read = ReadOf(batch);
  for (const v1::ChangeEvent& event : batch.events) Take(event, batch, read, now);
  if (!batch.continued) grouper_.EndRead(read, now);
  return Tick(now);
}

void Pipeline::Take(const v1::ChangeEvent& event, const FeedBatch& batch, std::uint64_t read,
                    absl::Time now) {
  if (event.has_receiver_failing() || event.has_receiver_recovered()) {
    if (const auto told = receiver_failures_.Pass(event)) TellOwn(*told, read, now);
    return;
  }
  const std::shared_ptr<EventHold> hold = repeats_.Take(event.event_id(), batch.receipt);
  if (!hold) return;
  const std::optional<v1::ChangeEvent> news = overlaps_.News(event);
  if (!news) return;
  for (const v1::ChangeEvent& counted : crash_loops_.Pass(*news, now)) {
    joint_failures_.Watch(counted, hold, now);
    shared_failures_.Pass(counted, hold, now, crash_loops_, Teller(read, now));
  }
}

std::vector<OutgoingGroup> Pipeline::Tick(absl::Time now) {
  const std::uint64_t read = ++last_read_;
  const TellEvent tell = Teller(read, now);
  joint_failures_.TellDue(now, tell);
  shared_failures_.TellDue(now, crash_loops_, tell);
  for (const v1::ChangeEvent& over : crash_loops_.TakeOver(now, options_.read_until)) {
    shared_failures_.PassOver(over, now, crash_loops_, tell);
  }
  grouper_.EndRead(read, now);
  KeepState(now);
  return MakeDigests(grouper_.TakeDue(now), options_.grouping.digest_over);
}

std::vector<OutgoingGroup> Pipeline::TakeGrouped() {
  return MakeDigests(grouper_.TakeAll(), options_.grouping.digest_over);
}

std::vector<OutgoingGroup> Pipeline::Flush(absl::Time now) {
  const TellEvent tell = Teller(++last_read_, now);
  joint_failures_.TellAll(tell);
  shared_failures_.TellAll(now, crash_loops_, tell);
  KeepState(now);
  return TakeGrouped();
}

std::optional<absl::Time> Pipeline::NextDeadline() const {
  std::optional<absl::Time> next;
  for (const std::optional<absl::Time>& deadline :
       {grouper_.NextDeadline(), crash_loops_.NextDeadline(), joint_failures_.NextDeadline(),
        shared_failures_.NextDeadline()}) {
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  return next;
}

// For what waited; an event without holds is the notifier's own.
TellEvent Pipeline::Teller(std::uint64_t read, absl::Time now) {
  return [this, read, now](const v1::ChangeEvent& event, std::vector<std::shared_ptr<EventHold>> holds) {
    return holds.empty() ? TellOwn(event, read, now) : Tell(event, JoinHolds(std::move(holds)), read, now);
  };
}

// Returns whether a rule wants it told.
bool Pipeline::Tell(const v1::ChangeEvent& event, const std::shared_ptr<EventHold>& hold, std::uint64_t read,
                    absl::Time now) {
  std::optional<Alert> alert = evaluate_(event, now);
  if (!alert) return false;
  const std::vector<std::string> receivers = std::move(alert->receivers);
  for (const std::string& receiver : receivers) {
    if (handled_->Has(HandledMark(event.event_id(), receiver))) continue;
    alert->receivers = {receiver};
    grouper_.Add(*alert, ReceiptFor(hold, event.event_id(), receiver, *handled_), read, now);
  }
  return true;
}

void Pipeline::Restore(const std::string& state, absl::Time now) {
  v1::NotifierState kept;
  if (!kept.ParseFromString(state) || !kept.has_change_time()) return;
  // A collector that was out of reach may have kept what has long been otherwise.
  if (FromProto(kept.change_time()) <= kept_time_) return;
  kept_time_ = FromProto(kept.change_time());
  const std::uint64_t read = ++last_read_;
  // They may have been kept and not told.
  std::vector<const v1::ChangeEvent*> loops;
  for (const v1::ChangeEvent& loop : kept.open_crash_loops()) {
    if (crash_loops_.Restore(loop, now)) loops.push_back(&loop);
  }
  for (const v1::ChangeEvent& failing : kept.open_services_failing()) {
    if (shared_failures_.Restore(failing, crash_loops_, now)) TellOwn(failing, read, now);
  }
  for (const v1::ChangeEvent* loop : loops) {
    if (!shared_failures_.IsPart(*loop)) TellOwn(*loop, read, now);
  }
  for (const v1::ChangeEvent& shortage : kept.hidden_shortages()) crash_loops_.RestoreShortage(shortage);
  for (const v1::ChangeEvent& untold : kept.untold()) {
    if (!untold.has_receiver_failing() || receiver_failures_.IsNews(untold)) TellOwn(untold, read, now);
  }
  for (const v1::ChangeEvent& failing : kept.open_receiver_failures()) {
    if (const auto over = receiver_failures_.Restore(failing, now)) TellOwn(*over, read, now);
  }
  grouper_.EndRead(read, now);
  // Not what is known now: where that is more, collectors have to keep it too.
  kept.clear_change_time();
  kept_ = BytesOf(kept);
}

// What no feed brings again when this process ends before it is told.
bool Pipeline::TellOwn(const v1::ChangeEvent& event, std::uint64_t read, absl::Time now) {
  auto& [kept, held] = untold_[event.event_id()];
  if (!held.expired()) return true;  // it is on its way
  const auto hold = std::make_shared<EventHold>();
  kept = event;
  held = hold;
  return Tell(event, hold, read, now);
}

v1::NotifierState Pipeline::State() const {
  v1::NotifierState state;
  std::size_t bytes = 0;
  std::vector<v1::ChangeEvent> untold;
  for (const auto& [id, own] : untold_) {
    if (!own.second.expired()) untold.push_back(own.first);
  }
  // First what would be lost, last what would only be told again.
  Keep(std::move(untold), *state.mutable_untold(), bytes);
  Keep(receiver_failures_.Open(), *state.mutable_open_receiver_failures(), bytes);
  Keep(crash_loops_.HiddenShortages(), *state.mutable_hidden_shortages(), bytes);
  Keep(shared_failures_.Open(), *state.mutable_open_services_failing(), bytes);
  Keep(crash_loops_.OpenLoops(), *state.mutable_open_crash_loops(), bytes);
  return state;
}

void Pipeline::KeepState(absl::Time now) {
  std::erase_if(untold_, [](const auto& own) { return own.second.second.expired(); });
  if (!heard_) return;
  v1::NotifierState state = State();
  std::string now_known = BytesOf(state);
  if (now_known == kept_) return;
  kept_ = std::move(now_known);
  kept_time_ = std::max(now, kept_time_ + absl::Microseconds(1));
  *state.mutable_change_time() = ToProto(kept_time_);
  handled_->SetState(state.SerializeAsString());
}

void Pipeline::HandOver() {
  for (OutgoingGroup& message : grouper_.TakeAll()) {
    for (const std::shared_ptr<Receipt>& receipt : message.receipts) receipt->MarkLost();
  }
  repeats_ = Repeats(options_.remembered_changes);
  overlaps_ = Overlaps();
  crash_loops_ = CrashLoops(options_.crash_loop);
  joint_failures_.MarkLost();
  joint_failures_ = JointFailures(options_.crash_loop.window);
  shared_failures_.MarkLost();
  shared_failures_ = NewSharedFailures();
  receiver_failures_ = ReceiverFailures(options_.receivers);
  untold_.clear();
  kept_.clear();
  heard_ = false;
  kept_time_ = absl::InfinitePast();
  handled_->ForgetState();
}

// Holds no `this`: the pipeline may be moved.
SharedFailures Pipeline::NewSharedFailures() const {
  const Evaluate would_tell = options_.would_tell ? options_.would_tell : evaluate_;
  return SharedFailures(
      options_.crash_loop.window, [would_tell](const v1::ChangeEvent& event, absl::Time now) -> std::string {
        const std::optional<Alert> alert = would_tell(event, now);
        if (!alert) return "";
        return absl::StrCat(static_cast<int>(alert->color), " ", absl::StrJoin(alert->receivers, ","));
      });
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
