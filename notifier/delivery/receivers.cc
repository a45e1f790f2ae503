#include "notifier/delivery/receivers.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/living_story.h"
#include "notifier/chat/chat.h"

namespace swarmbell {

Receivers::Receivers(const NotifierConfig& config, MessageForm form, std::ostream& console, Clock& clock,
                     Metrics& metrics, DeliveryLog& log, OnNews on_news, LivingMessages* living)
    : console_(console),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      on_news_(std::move(on_news)),
      living_(living) {
  Configure(config, std::move(form));
}

void Receivers::Configure(const NotifierConfig& config, MessageForm form) {
  const MutexLock lock(mutex_);
  configs_ = config.receivers;
  form_ = std::move(form);
  std::erase_if(retired_, [](const std::unique_ptr<Receiver>& receiver) { return receiver->IsDone(); });
  for (const ReceiverConfig& receiver : configs_) Put(receiver, config.delivery);
  timeout_ = config.delivery.timeout;
  ca_file_ = config.delivery.ca_file;
}

ReceiverOptions Receivers::OptionsFor(const ReceiverConfig& receiver, const DeliveryConfig& delivery) const {
  ReceiverOptions options;
  options.on_news = on_news_;
  options.give_up_after = delivery.give_up_after;
  options.queue.size = static_cast<std::size_t>(std::max(delivery.queue_size, 1));
  options.queue.digest_over = static_cast<std::size_t>(std::max(delivery.digest_over, 0));
  if (ChatOf(receiver.type).takes_any_number) {
    options.pace.interval = absl::ZeroDuration();
    options.queue.digest_over = 0;
  }
  if (ChatOf(receiver.type).edits) options.living = living_;
  options.stories = {receiver, form_};
  options.digest = [receiver, form = form_](std::vector<Alert> alerts) {
    AlertGroup group{receiver.name, std::move(alerts), Color::kBlue, /*digest=*/true};
    group.color = GroupColor(group.alerts);
    return MakeMessage(receiver, group, form);
  };
  return options;
}

void Receivers::Put(const ReceiverConfig& receiver, const DeliveryConfig& delivery) {
  Entry& entry = entries_[receiver.name];
  // Queued messages have the old type's form.
  if (entry.receiver && entry.config.type != receiver.type) {
    entry.receiver->Retire();
    retired_.push_back(std::move(entry.receiver));
  }
  const bool same_way = entry.config.url == receiver.url && entry.config.token == receiver.token &&
                        entry.config.channel == receiver.channel && timeout_ == delivery.timeout &&
                        ca_file_ == delivery.ca_file;
  entry.config = receiver;
  if (!entry.receiver) {
    entry.receiver = std::make_unique<Receiver>(receiver.name, ChannelFor(receiver, delivery),
                                                OptionsFor(receiver, delivery), clock_, metrics_, log_);
    if (!on_duty_) entry.receiver->HandOver();
  } else {
    entry.receiver->Reconfigure(same_way ? nullptr : ChannelFor(receiver, delivery),
                                OptionsFor(receiver, delivery));
  }
}

std::unique_ptr<Channel> Receivers::ChannelFor(const ReceiverConfig& receiver,
                                               const DeliveryConfig& delivery) const {
  return ChatOf(receiver.type).open(receiver, delivery, console_, clock_);
}

void Receivers::RetireOthers() {
  const MutexLock lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const bool stays = std::any_of(configs_.begin(), configs_.end(), [&](const ReceiverConfig& receiver) {
      return receiver.name == entry->first;
    });
    if (!stays) {
      entry->second.receiver->Retire();
      retired_.push_back(std::move(entry->second.receiver));
    }
    entry = stays ? std::next(entry) : entries_.erase(entry);
  }
}

std::vector<ReceiverConfig> Receivers::Configs() const {
  const MutexLock lock(mutex_);
  return configs_;
}

MessageForm Receivers::Form() const {
  const MutexLock lock(mutex_);
  return form_;
}

void Receivers::Post(OutgoingGroup group) {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(group.group.receiver);
  if (entry == entries_.end()) {
    spdlog::warn("Dropped an alert: its receiver no longer exists. receiver={}", group.group.receiver);
    return;
  }
  const bool edits = living_ != nullptr && ChatOf(entry->second.config.type).edits;
  if (edits && group.group.digest) return EnqueueDigest(entry->second, std::move(group));
  Enqueue(entry->second, std::move(group));
}

void Receivers::Enqueue(Entry& entry, OutgoingGroup group) {
  for (Message& message : MakeMessages(entry.config, std::move(group), form_)) {
    if (living_ != nullptr && !message.story.empty() && !Lives(entry.config.name, message.story)) {
      const std::string subject = SubjectOf(message.alerts.front().event);
      message.story = living_->FindStory(entry.config.name, subject).value_or(message.story);
    }
    message.continues = Lives(entry.config.name, message.story);
    entry.receiver->Enqueue(std::move(message));
  }
}

// Changes of subjects that have a message already belong there: an edit disturbs nobody.
void Receivers::EnqueueDigest(Entry& entry, OutgoingGroup group) {
  if (Lives(entry.config.name, StoryKeyOf(group.group))) return Enqueue(entry, std::move(group));
  std::map<std::string, std::vector<Alert>> living;
  std::vector<Alert> rest;
  for (Alert& alert : group.group.alerts) {
    const std::string subject = SubjectOf(alert.event);
    (living_->FindStory(entry.config.name, subject) ? living[subject] : rest).push_back(std::move(alert));
  }
  for (auto& [subject, alerts] : living) {
    AlertGroup part{group.group.receiver, std::move(alerts)};
    part.color = GroupColor(part.alerts);
    Enqueue(entry, {std::move(part), group.receipts});
  }
  if (rest.empty()) return;
  group.group.alerts = std::move(rest);
  if (!living.empty()) group.group.color = GroupColor(group.group.alerts);
  Enqueue(entry, std::move(group));
}

bool Receivers::Lives(const std::string& receiver, const std::string& story) const {
  return living_ != nullptr && !story.empty() && living_->Find(receiver, story).has_value();
}

void Receivers::ShowProgress(const v1::ChangeEvent& progress) {
  const MutexLock lock(mutex_);
  for (auto& [name, entry] : entries_) entry.receiver->ShowProgress(progress);
}

void Receivers::RepeatAlarms(const std::vector<Alert>& open) {
  const MutexLock lock(mutex_);
  for (auto& [name, entry] : entries_) {
    const auto join = ChatOf(entry.config.type).join;
    std::vector<std::string> bodies;
    for (const Alert& alert : open) {
      const bool is_for_it =
          std::find(alert.receivers.begin(), alert.receivers.end(), name) != alert.receivers.end();
      if (join == nullptr || !is_for_it) continue;
      for (Message& message : MakeMessages(entry.config, {{name, {alert}, alert.color}, {}}, form_)) {
        if (message.signal.status == Signal::Status::kOpen) bodies.push_back(std::move(message.body));
      }
    }
    if (join != nullptr) entry.receiver->Repeat(bodies.empty() ? "" : join(bodies));
  }
}

absl::StatusOr<std::uint64_t> Receivers::PostTest(const std::string& receiver, const Card& card) {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(receiver);
  if (entry == entries_.end()) {
    return absl::NotFoundError(absl::StrCat("cannot send a test: no receiver is named \"", receiver, "\""));
  }
  if (const auto number = entry->second.receiver->EnqueueTest(MakeMessage(entry->second.config, card, form_)))
    return *number;
  return absl::ResourceExhaustedError(
      absl::StrCat("cannot send a test to \"", receiver, "\": another test waits, or its queue is full"));
}

std::vector<std::string> Receivers::Failing() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> failing;
  for (const auto& [name, entry] : entries_) {
    if (entry.receiver->IsFailing()) failing.push_back(name);
  }
  return failing;
}

void Receivers::HandOver() {
  const MutexLock lock(mutex_);
  on_duty_ = false;
  for (auto& [name, entry] : entries_) entry.receiver->HandOver();
  for (const std::unique_ptr<Receiver>& receiver : retired_) receiver->HandOver();
}

void Receivers::TakeOver() {
  const MutexLock lock(mutex_);
  on_duty_ = true;
  for (auto& [name, entry] : entries_) entry.receiver->TakeOver();
}

void Receivers::Finish(absl::Duration limit) {
  const MutexLock lock(mutex_);
  const MonotonicTime deadline = clock_.Steady() + limit;
  for (auto& [name, entry] : entries_) entry.receiver->StartDrain();
  for (auto& [name, entry] : entries_) entry.receiver->Finish(deadline - clock_.Steady());
  for (const std::unique_ptr<Receiver>& receiver : retired_) receiver->Finish(deadline - clock_.Steady());
}

}  // namespace swarmbell
