#include "notifier/pipeline/grouping.h"

#include <algorithm>
#include <iterator>
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

Grouper::Open& Grouper::Find(Receiver& receiver, const Alert& alert, std::uint64_t read, absl::Time now) {
  const std::string subject = SubjectOf(alert.event);
  const std::string replacement = ReplacementKeyOf(alert.event);
  auto place = receiver.open.end();
  if (const auto known = receiver.by_subject.find(subject); known != receiver.by_subject.end()) {
    return *known->second;
  }
  if (!alert.story.empty()) return OfStory(receiver, alert, read, now);
  if (const auto namesake = receiver.by_replacement.find(replacement);
      namesake != receiver.by_replacement.end() && namesake->second->read == read) {
    place = namesake->second;
  } else {
    if (WithoutStory(receiver.open) == 0) receiver.burst_began = now;
    receiver.last_opened = now;
    place = NewMessage(receiver, read, now);
  }
  place->subjects.insert(subject);
  receiver.by_subject[subject] = place;
  if (!replacement.empty() && place->read == read) {
    if (!place->replacement.empty()) receiver.by_replacement.erase(place->replacement);
    place->replacement = replacement;
    receiver.by_replacement[replacement] = place;
  }
  MoveFromStories(receiver, subject, *place);
  return *place;
}

std::list<Grouper::Open>::iterator Grouper::NewMessage(Receiver& receiver, std::uint64_t read,
                                                       absl::Time now) const {
  const bool by_read = config_.window == absl::ZeroDuration();
  Open open;
  open.read = read;
  open.opened = now;
  open.due = now + (by_read ? kReadWait : config_.window);
  return receiver.open.insert(receiver.open.end(), std::move(open));
}

Grouper::Open& Grouper::OfStory(Receiver& receiver, const Alert& alert, std::uint64_t read,
                                absl::Time now) const {
  auto place = std::find_if(receiver.open.begin(), receiver.open.end(),
                            [&alert](const Open& open) { return open.story == alert.story; });
  if (place == receiver.open.end()) place = NewMessage(receiver, read, now);
  place->story = alert.story;
  if (place->objects.insert(SubjectOf(alert.event)).second && config_.window > absl::ZeroDuration())
    place->due = config_.DueTogether(place->opened, now);
  return *place;
}

void Grouper::MoveFromStories(Receiver& receiver, const std::string& subject, Open& to) const {
  for (auto open = receiver.open.begin(); open != receiver.open.end();) {
    const auto current = open++;
    if (current->story.empty() || current->objects.erase(subject) == 0) continue;
    std::vector<Alert>& alerts = current->message.group.alerts;
    const auto stays = std::stable_partition(
        alerts.begin(), alerts.end(), [&](const Alert& alert) { return SubjectOf(alert.event) != subject; });
    std::vector<Alert>& moved = to.message.group.alerts;
    moved.insert(moved.begin(), std::make_move_iterator(stays), std::make_move_iterator(alerts.end()));
    alerts.erase(stays, alerts.end());
    // It is not known which receipt belongs to which alert: both messages hold all of them.
    const auto& receipts = current->message.receipts;
    to.message.receipts.insert(to.message.receipts.end(), receipts.begin(), receipts.end());
    if (alerts.empty()) receiver.open.erase(current);
  }
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
      if (DueOf(*current, together) <= now) due.push_back(Close(receiver, current));
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
      const absl::Time due = DueOf(open, together);
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
  message.group.digest = OfSeveralObjects(message.group.alerts);
  return message;
}

std::ptrdiff_t Grouper::WithoutStory(const std::list<Open>& open) {
  return std::count_if(open.begin(), open.end(), [](const Open& one) { return one.story.empty(); });
}

absl::Time Grouper::DueOf(const Open& open, absl::Time together) {
  return open.story.empty() ? std::max(open.due, together) : open.due;
}

absl::Time Grouper::DueTogether(const Receiver& receiver) const {
  const bool alone = WithoutStory(receiver.open) < 2;
  if (alone || config_.window == absl::ZeroDuration() || config_.digest_over == 0)
    return absl::InfinitePast();
  return std::min(receiver.last_opened + std::max(kBurstCalm, config_.window),
                  receiver.burst_began + config_.digest_wait);
}

}  // namespace swarmbell
