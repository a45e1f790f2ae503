#include "notifier/delivery/living_messages.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "common/time/proto_time.h"
#include "notifier/alert/living_story.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMostMessages = 200;

// A collector stores at most 256 KiB, of which the pipeline uses at most 200.
constexpr std::size_t kMostBytes = std::size_t{48} << 10;
constexpr std::size_t kMostAlertBytes = std::size_t{8} << 10;

// Also a closed one: a collector that was away may bring it back as open.
constexpr absl::Duration kKeptFor = absl::Hours(24 * 7);

bool IsExpired(const LivingMessage& message, absl::Time now) { return now - message.changed > kKeptFor; }

// Only labels that steer alerts are needed.
v1::ChangeEvent ToProto(v1::ChangeEvent event) {
  auto& labels = *event.mutable_resource()->mutable_labels();
  for (auto label = labels.begin(); label != labels.end();) {
    label = absl::StartsWith(label->first, "swarmbell.") ? std::next(label) : labels.erase(label);
  }
  return event;
}

v1::ShownAlert ToProto(const Alert& alert) {
  v1::ShownAlert shown;
  *shown.mutable_event() = ToProto(alert.event);
  shown.set_rule(alert.rule);
  shown.set_color(ColorName(alert.color));
  shown.set_title(alert.title);
  if (alert.last_words) {
    shown.mutable_output()->Assign(alert.last_words->lines.begin(), alert.last_words->lines.end());
    shown.set_missing_output(alert.last_words->missing);
  }
  return shown;
}

Alert FromStored(const v1::ShownAlert& shown, const std::string& receiver) {
  Alert alert{shown.event(),
              shown.rule(),
              ParseColor(shown.color()).value_or(Color::kBlue),
              {receiver},
              shown.title()};
  if (shown.output_size() > 0 || !shown.missing_output().empty())
    alert.last_words = {{shown.output().begin(), shown.output().end()}, shown.missing_output()};
  return alert;
}

v1::StoredEarlierChange ToProto(const EarlierChange& change) {
  v1::StoredEarlierChange stored;
  for (const v1::ChangeEvent& part : change.parts) *stored.add_parts() = ToProto(part);
  return stored;
}

v1::LivingMessage ToProto(const LivingMessage& message) {
  v1::LivingMessage stored;
  stored.set_receiver(message.receiver);
  stored.set_story(message.story);
  stored.set_channel_id(message.id.channel);
  stored.set_message_id(message.id.id);
  stored.set_configured_channel(message.configured_channel);
  *stored.mutable_post_time() = swarmbell::ToProto(message.posted);
  *stored.mutable_change_time() = swarmbell::ToProto(message.changed);
  stored.set_closed(message.closed);
  if (message.red) *stored.mutable_red_time() = swarmbell::ToProto(*message.red);
  return stored;
}

LivingMessage FromStored(const v1::LivingMessage& stored) {
  LivingMessage message;
  message.receiver = stored.receiver();
  message.story = stored.story();
  message.id = {stored.channel_id(), stored.message_id()};
  message.configured_channel = stored.configured_channel();
  message.posted = FromProto(stored.post_time());
  message.changed = FromProto(stored.change_time());
  message.closed = stored.closed();
  if (stored.has_red_time()) message.red = FromProto(stored.red_time());
  for (const v1::ShownAlert& shown : stored.alerts()) {
    message.alerts.push_back(FromStored(shown, message.receiver));
  }
  for (const v1::StoredEarlierChange& change : stored.before()) {
    if (change.parts_size() > 0) message.before.push_back({{change.parts().begin(), change.parts().end()}});
  }
  return message;
}

Alert IdentifierOnly(const Alert& alert) {
  Alert only;
  only.event.set_event_id(alert.event.event_id());
  return only;
}

}  // namespace

bool LivingMessage::Shows(const std::vector<Alert>& others) const {
  return std::all_of(others.begin(), others.end(), [this](const Alert& other) {
    return std::any_of(alerts.begin(), alerts.end(), [&other](const Alert& alert) {
      return alert.event.event_id() == other.event.event_id();
    });
  });
}

void LivingMessages::Restore(const std::string& state) {
  v1::NotifierState parsed;
  if (!parsed.ParseFromString(state)) return;
  const MutexLock lock(mutex_);
  for (const v1::LivingMessage& stored : parsed.living_messages()) {
    LivingMessage message = FromStored(stored);
    const Key key{message.receiver, message.story};
    const auto known = messages_.find(key);
    if (known == messages_.end() || known->second.changed < message.changed)
      messages_.insert_or_assign(key, std::move(message));
  }
  Prune();
  handled_.RestoreMessages(Bytes());
}

std::optional<LivingMessage> LivingMessages::Find(const std::string& receiver,
                                                  const std::string& story) const {
  const MutexLock lock(mutex_);
  const auto found = messages_.find({receiver, story});
  if (found == messages_.end() || found->second.closed || IsExpired(found->second, clock_.Now()))
    return std::nullopt;
  return found->second;
}

bool LivingMessages::HasShown(const std::string& receiver, const std::string& story,
                              const std::vector<Alert>& alerts) const {
  const MutexLock lock(mutex_);
  const auto found = messages_.find({receiver, story});
  return found != messages_.end() && found->second.closed && found->second.Shows(alerts);
}

std::optional<std::string> LivingMessages::FindStory(const std::string& receiver,
                                                     const std::string& subject) const {
  if (Find(receiver, subject)) return subject;
  const MutexLock lock(mutex_);
  for (auto at = messages_.lower_bound({receiver, ""}); at != messages_.end() && at->first.first == receiver;
       ++at) {
    if (!at->second.closed && ShowsStateOf(at->second.alerts, subject)) return at->first.second;
  }
  return std::nullopt;
}

std::optional<LivingMessage> LivingMessages::FindRun(const std::string& receiver,
                                                     const std::string& subject) const {
  const MutexLock lock(mutex_);
  for (auto at = messages_.lower_bound({receiver, ""}); at != messages_.end() && at->first.first == receiver;
       ++at) {
    if (!at->second.closed && RunInProgress(at->second.alerts, subject) != nullptr) return at->second;
  }
  return std::nullopt;
}

void LivingMessages::Put(LivingMessage message) {
  if (message.closed) {
    for (Alert& alert : message.alerts) alert = IdentifierOnly(alert);
    message.before.clear();
  }
  const Key key{message.receiver, message.story};
  const MutexLock lock(mutex_);
  messages_.insert_or_assign(key, std::move(message));
  Prune();
  if (active_) handled_.SetMessages(Bytes());
}

void LivingMessages::HandOver() {
  const MutexLock lock(mutex_);
  messages_.clear();
  active_ = false;
}

void LivingMessages::TakeOver() {
  const MutexLock lock(mutex_);
  active_ = true;
}

void LivingMessages::Prune() {
  const absl::Time now = clock_.Now();
  std::erase_if(messages_, [now](const auto& entry) { return IsExpired(entry.second, now); });
  while (messages_.size() > kMostMessages) {
    messages_.erase(std::min_element(messages_.begin(), messages_.end(), [](const auto& a, const auto& b) {
      if (a.second.closed != b.second.closed) return a.second.closed;
      return a.second.changed < b.second.changed;
    }));
  }
}

// All identifiers, and as many alerts as there is room for, those of open messages first, the newest first;
// then as many of the changes just before.
std::string LivingMessages::Bytes() const {
  std::vector<const LivingMessage*> newest;
  newest.reserve(messages_.size());
  for (const auto& [key, message] : messages_) newest.push_back(&message);
  std::stable_sort(newest.begin(), newest.end(), [](const LivingMessage* a, const LivingMessage* b) {
    return a->closed != b->closed ? b->closed : a->changed > b->changed;
  });
  v1::NotifierState state;
  std::size_t bytes = 0;
  for (const LivingMessage* message : newest) {
    v1::LivingMessage stored = ToProto(*message);
    bytes += stored.ByteSizeLong();
    if (bytes > kMostBytes) break;
    *state.add_living_messages() = std::move(stored);
  }
  for (int i = 0; i < state.living_messages_size(); ++i) {
    for (const Alert& alert : newest[static_cast<std::size_t>(i)]->alerts) {
      v1::ShownAlert shown = ToProto(alert);
      const std::size_t size = shown.ByteSizeLong();
      if (size > kMostAlertBytes || bytes + size > kMostBytes) continue;
      bytes += size;
      *state.mutable_living_messages(i)->add_alerts() = std::move(shown);
    }
  }
  for (int i = 0; i < state.living_messages_size(); ++i) {
    for (const EarlierChange& change : newest[static_cast<std::size_t>(i)]->before) {
      v1::StoredEarlierChange stored = ToProto(change);
      const std::size_t size = stored.ByteSizeLong();
      if (size > kMostAlertBytes || bytes + size > kMostBytes) continue;
      bytes += size;
      *state.mutable_living_messages(i)->add_before() = std::move(stored);
    }
  }
  return state.SerializeAsString();
}

}  // namespace swarmbell
