#include "notifier/delivery/message.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "common/time/proto_time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/failed_output.h"
#include "notifier/alert/living_story.h"
#include "notifier/cards/build_card.h"
#include "notifier/chat/chat.h"
#include "notifier/delivery/mention.h"
#include "notifier/feed/pending_last_words.h"

namespace swarmbell {
namespace {

// A digest may show thousands; the list is for people who look one up.
constexpr std::size_t kMaxEventIds = 200;

std::optional<absl::Time> OldestObservation(const std::vector<Alert>& alerts) {
  std::optional<absl::Time> oldest;
  for (const Alert& alert : alerts) {
    if (!alert.event.has_observe_time()) continue;
    const absl::Time time = FromProto(alert.event.observe_time());
    oldest = oldest ? std::min(*oldest, time) : time;
  }
  return oldest;
}

bool CanBeFolded(const Waiting& waiting) {
  return !waiting.alone && !waiting.message.continues && !waiting.message.alerts.empty();
}

Message MakeOne(const ReceiverConfig& receiver, OutgoingGroup group, const MessageForm& form,
                const Signal& signal) {
  Message message = MakeMessage(receiver, group.group, form, signal);
  if (ChatOf(receiver.type).edits) message.story = StoryKeyOf(group.group);
  message.receipts = std::move(group.receipts);
  message.alerts = std::move(group.group.alerts);
  message.before = std::move(group.group.before);
  if (!group.last_words) return message;
  message.last_words = std::move(group.last_words);
  message.render = [receiver, form](const Message& now) {
    AlertGroup shown{receiver.name, now.alerts, now.color};
    shown.before = now.before;
    return MakeMessage(receiver, shown, form, now.signal).body;
  };
  return message;
}

void AddPart(Waiting& waiting, Waiting other) {
  std::vector<Waiting> more = std::exchange(other.parts, {});
  waiting.parts.push_back(std::move(other));
  std::move(more.begin(), more.end(), std::back_inserter(waiting.parts));
}

}  // namespace

void HeardSwarms::Add(const v1::Cluster& swarm) {
  if (several_ || swarm.id().empty()) return;
  const MutexLock lock(mutex_);
  const bool is_other = !latest_.id().empty() && swarm.id() != latest_.id() &&
                        cards::SwarmName(swarm) != cards::SwarmName(latest_);
  if (is_other) several_ = true;
  latest_ = swarm;
}

Message RenderMessage(const ReceiverConfig& receiver, Card card, const std::vector<Alert>& alerts,
                      const Signal& signal, const MessageForm& form) {
  if (form.swarms != nullptr && form.swarms->AreSeveral()) cards::NameSwarm(card);
  Message message;
  message.title = card.title;
  message.color = card.color;
  message.signal = signal;
  message.body = ChatOf(receiver.type).render({card, alerts, signal}, form.terminal);
  return message;
}

Message MakeMessage(const ReceiverConfig& receiver, Card card, const MessageForm& form) {
  if (card.mention.empty()) card.mention = MentionFor(receiver, {receiver.name, {}, card.color});
  return RenderMessage(receiver, std::move(card), {}, {}, form);
}

Message MakeMessage(const ReceiverConfig& receiver, const AlertGroup& group, const MessageForm& form,
                    const Signal& signal) {
  Card card = BuildCard(group, form.links);
  card.mention = MentionFor(receiver, group);
  Message message = RenderMessage(receiver, std::move(card), group.alerts, signal, form);
  for (const Alert& alert : group.alerts) {
    if (message.event_ids.size() == kMaxEventIds) break;
    message.event_ids.push_back(alert.event.event_id());
  }
  message.observed = OldestObservation(group.alerts);
  return message;
}

std::vector<Message> MakeMessages(const ReceiverConfig& receiver, OutgoingGroup group,
                                  const MessageForm& form) {
  std::vector<Message> messages;
  if (!ChatOf(receiver.type).per_signal) {
    messages.push_back(MakeOne(receiver, std::move(group), form, {}));
    return messages;
  }
  for (SignalAlerts& part : SignalsOf(group.group.alerts)) {
    OutgoingGroup one{{receiver.name, std::move(part.alerts)}, group.receipts, group.last_words};
    one.group.color = GroupColor(one.group.alerts);
    one.group.digest = OfSeveralObjects(one.group.alerts);
    if (one.group.color == Color::kRed) one.group.before = group.group.before;
    messages.push_back(MakeOne(receiver, std::move(one), form, part.signal));
  }
  return messages;
}

void AwaitLastWords(Message& message, Clock& clock, std::stop_token stop) {
  const std::shared_ptr<PendingLastWords> pending = std::exchange(message.last_words, nullptr);
  if (!pending || !AddLastWords(pending->Wait(clock, std::move(stop)), message.alerts)) return;
  message.body = message.render(message);
}

std::size_t Waiting::Alerts() const {
  std::size_t alerts = message.alerts.size();
  for (const Waiting& part : parts) alerts += part.message.alerts.size();
  return alerts;
}

std::size_t Waiting::Lines() const {
  std::size_t lines = LinesFor(message.alerts);
  for (const Waiting& part : parts) lines += LinesFor(part.message.alerts);
  return lines;
}

std::optional<Waiting> MessageQueue::Push(Waiting waiting) {
  std::optional<Waiting> dropped;
  if (IsFull()) Fold();
  if (IsFull() && !messages_.empty()) {
    auto least =
        std::find_if(messages_.begin(), messages_.end(), [](const Waiting& one) { return one.test; });
    if (least == messages_.end()) least = messages_.begin();
    dropped = std::move(*least);
    messages_.erase(least);
  }
  messages_.push_back(std::move(waiting));
  return dropped;
}

std::optional<Waiting> MessageQueue::Pop() {
  if (messages_.empty()) return std::nullopt;
  if (messages_.size() > limits_.digest_over) Fold();
  Waiting next = std::move(messages_.front());
  messages_.pop_front();
  return next;
}

void MessageQueue::ReturnUnfolded(Waiting waiting) {
  std::vector<Waiting> parts = std::exchange(waiting.parts, {});
  parts.insert(parts.begin(), std::move(waiting));
  for (Waiting& part : parts) part.alone = true;
  messages_.insert(messages_.begin(), std::make_move_iterator(parts.begin()),
                   std::make_move_iterator(parts.end()));
}

std::size_t MessageQueue::Alerts() const {
  std::size_t alerts = 0;
  for (const Waiting& waiting : messages_) alerts += waiting.Alerts();
  return alerts;
}

void MessageQueue::Fold() {
  if (limits_.digest_over == 0) return;
  std::deque<Waiting> folded;
  for (Waiting& waiting : messages_) {
    const bool fits = !folded.empty() && CanBeFolded(folded.back()) && CanBeFolded(waiting) &&
                      folded.back().Lines() + waiting.Lines() <= limits_.digest_lines;
    if (fits) {
      AddPart(folded.back(), std::move(waiting));
    } else {
      folded.push_back(std::move(waiting));
    }
  }
  messages_ = std::move(folded);
}

Pacer::Pacer(PacerOptions options) : options_(options) {}

MonotonicTime Pacer::NextTurn(MonotonicTime now) const { return std::max(now, full_at_ - BurstSpan()); }

void Pacer::Count(MonotonicTime now) { full_at_ = std::max(now, full_at_) + options_.interval; }

absl::Duration Pacer::BurstSpan() const { return (std::max(options_.burst, 1) - 1) * options_.interval; }

}  // namespace swarmbell
