#include "notifier/pipeline/grouping.h"

#include <algorithm>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/alert_group.h"

namespace swarmbell {
namespace {

// A collector keeps at most 256 KiB.
constexpr std::size_t kMostKeptBytes = std::size_t{200} << 10;

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

StageResult OwnChanges::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (!change.own) return PassOn(change, next);
  auto& [kept, held] = untold_[change.event->event_id()];
  if (!held.expired()) return {StageResult::Kind::kDropped, "it is on its way already", true};
  const auto hold = std::make_shared<EventHold>();
  kept = *change.event;
  held = hold;
  PassingChange on = change;
  on.hold = hold;
  return PassOn(on, next, "made by the notifier, which keeps it until it is told");
}

std::vector<v1::ChangeEvent> OwnChanges::Untold() const {
  std::vector<v1::ChangeEvent> untold;
  for (const auto& [id, own] : untold_) {
    if (!own.second.expired()) untold.push_back(own.first);
  }
  return untold;
}

void OwnChanges::ForgetSettled() {
  std::erase_if(untold_, [](const auto& own) { return own.second.second.expired(); });
}

std::optional<v1::NotifierState> KeptState::TakeNewer(const std::string& bytes) {
  v1::NotifierState state;
  if (!state.ParseFromString(bytes) || !state.has_change_time()) return std::nullopt;
  // A collector that was out of reach may have kept what has long been otherwise.
  if (FromProto(state.change_time()) <= time_) return std::nullopt;
  time_ = FromProto(state.change_time());
  // Not what is known now: where that is more, collectors have to keep it too.
  v1::NotifierState timeless = state;
  timeless.clear_change_time();
  kept_ = BytesOf(timeless);
  return state;
}

void KeptState::Keep(v1::NotifierState state, absl::Time now) {
  std::string bytes = BytesOf(state);
  if (bytes == kept_) return;
  kept_ = std::move(bytes);
  time_ = std::max(now, time_ + absl::Microseconds(1));
  *state.mutable_change_time() = ToProto(time_);
  handled_->SetState(state.SerializeAsString());
}

void KeptState::Forget() {
  *this = KeptState(*handled_);
  handled_->ForgetState();
}

void AddToState(std::vector<v1::ChangeEvent> events,
                google::protobuf::RepeatedPtrField<v1::ChangeEvent>& list, std::size_t& bytes) {
  for (v1::ChangeEvent& event : events) {
    // Only labels that control alerts are worth keeping.
    auto& labels = *event.mutable_resource()->mutable_labels();
    for (auto label = labels.begin(); label != labels.end();) {
      label = absl::StartsWith(label->first, "swarmbell.") ? std::next(label) : labels.erase(label);
    }
    bytes += event.ByteSizeLong();
    if (bytes > kMostKeptBytes) return;
    *list.Add() = std::move(event);
  }
}

namespace {

// Once the receiver lets go it has done with the change, unless that was lost.
std::shared_ptr<Receipt> ReceiptFor(std::shared_ptr<EventHold> hold, std::string mark, Handled& handled) {
  return std::make_shared<Receipt>([hold = std::move(hold), mark = std::move(mark), &handled](bool lost) {
    // The mark first: a position that passes the change is told together with it.
    lost ? hold->MarkLost() : handled.Add(mark);
  });
}

}  // namespace

std::string HandledMark(const std::string& event_id, const std::string& receiver) {
  return absl::StrCat(event_id, "@", receiver);
}

StageResult Routing::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  std::optional<Alert> alert = evaluate_(*change.event, at.now);
  if (!alert) return {StageResult::Kind::kDropped, "no rule wants it told"};
  StageResult result{StageResult::Kind::kDropped, "all of its receivers have it already", true};
  const std::vector<std::string> receivers = std::move(alert->receivers);
  for (const std::string& receiver : receivers) {
    const std::string mark = HandledMark(change.event->event_id(), receiver);
    if (handled_.Has(mark)) continue;
    alert->receivers = {receiver};
    PassingChange on = change;
    on.alert = &*alert;
    on.receipt = ReceiptFor(change.hold, mark, handled_);
    next(on);
    result = {StageResult::Kind::kPassed, "a rule wants it told", true};
  }
  return result;
}

namespace {

// How long the rest of a read may take to arrive when nothing but the read groups.
constexpr absl::Duration kReadWait = absl::Seconds(1);

// A burst is over when no other object has changed for so long, or for a window where that is longer.
constexpr absl::Duration kBurstCalm = absl::Seconds(1);

// With this many alerts waiting everything is due at once, so that a flood does not fill the memory.
constexpr std::size_t kMaxWaiting = 5000;

}  // namespace

StageResult Grouper::Pass(const PassingChange& change, const Moment& at, HandOn) {
  Add(*change.alert, change.receipt, at.read, at.now);
  return {StageResult::Kind::kWaits, "for other changes of the same object, then it is posted", true};
}

void Grouper::Add(const Alert& alert, const std::shared_ptr<Receipt>& receipt, std::uint64_t read,
                  absl::Time now) {
  for (const std::string& name : alert.receivers) {
    Open& open = Find(receivers_[name], alert, read, now);
    open.message.group.receiver = name;
    open.message.group.alerts.push_back(alert);
    ++waiting_;
    std::vector<std::shared_ptr<Receipt>>& receipts = open.message.receipts;
    if (receipt && (receipts.empty() || receipts.back() != receipt)) receipts.push_back(receipt);
  }
}

Grouper::Open& Grouper::Find(Receiver& receiver, const Alert& alert, std::uint64_t read,
                             absl::Time now) const {
  const std::string subject = SubjectOf(alert.event);
  const std::string replacement = ReplacementKeyOf(alert.event);
  auto place = receiver.open.end();
  if (const auto known = receiver.by_subject.find(subject); known != receiver.by_subject.end()) {
    place = known->second;
  } else if (const auto namesake = receiver.by_replacement.find(replacement);
             namesake != receiver.by_replacement.end() && namesake->second->read == read) {
    place = namesake->second;
  } else {
    const bool by_read = config_.window == absl::ZeroDuration();
    Open open;
    open.read = read;
    open.due = now + (by_read ? kReadWait : config_.window);
    if (receiver.open.empty()) receiver.burst_began = now;
    receiver.last_opened = now;
    place = receiver.open.insert(receiver.open.end(), std::move(open));
  }
  place->subjects.insert(subject);
  receiver.by_subject[subject] = place;
  if (!replacement.empty() && place->read == read) {
    if (!place->replacement.empty()) receiver.by_replacement.erase(place->replacement);
    place->replacement = replacement;
    receiver.by_replacement[replacement] = place;
  }
  return *place;
}

void Grouper::EndRead(std::uint64_t read, absl::Time now) {
  if (config_.window > absl::ZeroDuration()) return;
  for (auto& [name, receiver] : receivers_) {
    for (Open& open : receiver.open) {
      if (open.read == read) open.due = std::min(open.due, now);
    }
  }
}

void Grouper::MarkLost() {
  for (const OutgoingGroup& message : TakeAll()) {
    for (const std::shared_ptr<Receipt>& receipt : message.receipts) receipt->MarkLost();
  }
}

std::vector<OutgoingGroup> Grouper::TakeDue(absl::Time now) {
  if (waiting_ >= kMaxWaiting) return TakeAll();
  std::vector<OutgoingGroup> due;
  for (auto& [name, receiver] : receivers_) {
    const absl::Time together = DueTogether(receiver);
    for (auto open = receiver.open.begin(); open != receiver.open.end();) {
      const auto current = open++;
      if (std::max(current->due, together) <= now) due.push_back(Close(receiver, current));
    }
  }
  return due;
}

std::vector<OutgoingGroup> Grouper::TakeAll() {
  std::vector<OutgoingGroup> all;
  for (auto& [name, receiver] : receivers_) {
    while (!receiver.open.empty()) all.push_back(Close(receiver, receiver.open.begin()));
  }
  return all;
}

std::optional<absl::Time> Grouper::NextDeadline() const {
  std::optional<absl::Time> next;
  for (const auto& [name, receiver] : receivers_) {
    const absl::Time together = DueTogether(receiver);
    for (const Open& open : receiver.open) {
      const absl::Time due = std::max(open.due, together);
      if (!next || due < *next) next = due;
    }
  }
  return next;
}

OutgoingGroup Grouper::Close(Receiver& receiver, std::list<Open>::iterator open) {
  for (const std::string& subject : open->subjects) receiver.by_subject.erase(subject);
  if (!open->replacement.empty()) receiver.by_replacement.erase(open->replacement);
  OutgoingGroup message = std::move(open->message);
  receiver.open.erase(open);
  waiting_ -= message.group.alerts.size();
  message.group.color = GroupColor(message.group.alerts);
  return message;
}

absl::Time Grouper::DueTogether(const Receiver& receiver) const {
  const bool alone = receiver.open.size() < 2;
  if (alone || config_.window == absl::ZeroDuration() || config_.digest_over == 0)
    return absl::InfinitePast();
  return std::min(receiver.last_opened + std::max(kBurstCalm, config_.window),
                  receiver.burst_began + config_.digest_wait);
}

}  // namespace swarmbell
