#include "notifier/pipeline/grouping.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "notifier/alert/alert_group.h"

namespace swarmbell {
namespace {

// How long the rest of a read may take to arrive if only the read groups alerts.
constexpr absl::Duration kReadWait = absl::Seconds(1);

// A burst is over when no other object has changed for this long, or for the window if that is longer.
constexpr absl::Duration kBurstCalm = absl::Seconds(1);

// With this many alerts waiting all messages are due at once, so that a flood does not fill the memory.
constexpr std::size_t kMaxWaiting = 5000;

}  // namespace

StageResult OwnChanges::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (!change.own) return PassOn(change, next);
  Own& own = own_[change.event->event_id()];
  if (!own.hold.expired()) return {StageResult::Kind::kDropped, "it is being posted already", true};
  PassingChange on = change;
  on.hold = std::make_shared<Receipt>();
  own = {*change.event, on.hold};
  return PassOn(on, next, "made by the notifier, which keeps it until it is posted");
}

std::vector<v1::ChangeEvent> OwnChanges::Unsettled() const {
  std::vector<v1::ChangeEvent> unsettled;
  for (const auto& [id, own] : own_) {
    if (!own.hold.expired()) unsettled.push_back(own.event);
  }
  return unsettled;
}

void OwnChanges::ForgetSettled() {
  std::erase_if(own_, [](const auto& own) { return own.second.hold.expired(); });
}

std::string HandledMark(const std::string& event_id, const std::string& receiver) {
  return absl::StrCat(event_id, "@", receiver);
}

StageResult Routing::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  std::optional<Alert> alert = evaluate_(*change.event, at.now);
  if (!alert) return {StageResult::Kind::kDropped, "there is no alert for it: see `why` above"};
  StageResult result{StageResult::Kind::kDropped, "all of its receivers have it already", true};
  const std::vector<std::string> receivers = std::move(alert->receivers);
  for (const std::string& receiver : receivers) {
    const std::string mark = HandledMark(change.event->event_id(), receiver);
    if (handled_.Has(mark)) continue;
    alert->receivers = {receiver};
    PassingChange on = change;
    on.alert = &*alert;
    on.receipt = std::make_shared<Receipt>([mark, &handled = handled_](bool lost) {
      if (!lost) handled.Add(mark);
    });
    on.receipt->Hold(change.hold);
    next(on);
    result = {StageResult::Kind::kPassed, "a rule wants an alert for it", true};
  }
  return result;
}

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
