#include "notifier/delivery/story_poster.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/time/proto_time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"
#include "notifier/alert/living_story.h"
#include "notifier/cards/card.h"
#include "notifier/chat/webhook/signature.h"
#include "notifier/delivery/mention.h"

namespace swarmbell {
namespace {

// Slack may refuse edits that are more frequent.
constexpr absl::Duration kBetweenEdits = absl::Seconds(1);

constexpr std::size_t kMostRuns = 256;

// The place of the receiver's messages, as it is stored with each: their identifiers mean nothing elsewhere.
std::string PlaceOf(const ReceiverConfig& receiver) {
  return receiver.channel.empty() ? MessageIdOf(receiver.url) : receiver.channel;
}

bool IsNewer(const v1::ChangeEvent& one, const v1::ChangeEvent& two) {
  return FromProto(one.observe_time()) > FromProto(two.observe_time());
}

Color ColorOf(const LivingMessage& message) { return GroupColor(Unended(message.alerts)); }

}  // namespace

Verdict StoryPoster::Send(Channel& channel, const Message& message, std::stop_token stop) {
  if (message.story.empty()) return channel.Post(message.body, std::move(stop));
  if (messages_.HasShown(options_.receiver.name, message.story, message.alerts)) return {};
  const absl::Time now = clock_.Now();
  const std::optional<LivingMessage> before = messages_.Find(options_.receiver.name, message.story);
  if (!before || !Continues(before->alerts, message.alerts, now - before->changed)) {
    const LivingMessage first = Continued(nullptr, message, now);
    const std::string mention = MentionIn(first.alerts, ColorOf(first));
    const bool as_it_is = ProgressOf(first).empty();
    return PostNew(channel, first, as_it_is ? message.body : Render(first, mention), mention,
                   std::move(stop));
  }
  LivingMessage after = Continued(&*before, message, now);
  const bool turned_red = after.red.has_value() && !before->red;
  if (IsElsewhere(*before)) {
    const std::string mention = MentionIn(after.alerts, ColorOf(after));
    return PostNew(channel, after, Render(after, mention), mention, std::move(stop));
  }
  const auto edit = std::pair(after.story, Render(after, /*mention=*/""));
  // Only the reply was refused when it was sent before.
  const Verdict edited = edit == edit_without_reply_ ? Verdict{} : Edit(channel, after, stop);
  if (edited.gone) {
    const std::string mention = turned_red ? MentionIn(after.alerts, ColorOf(after)) : "";
    return PostNew(channel, after, Render(after, mention), mention, std::move(stop));
  }
  if (edited.outcome != Outcome::kAccepted) return edited;
  const Verdict replied =
      before->Shows(message.alerts) ? Verdict{} : Reply(channel, after, message, turned_red, stop);
  if (replied.MayGoAgain()) {
    edit_without_reply_ = edit;
    return replied;
  }
  edit_without_reply_ = {};
  if (turned_red && replied.outcome == Outcome::kFinal) {
    // Only the reply would have notified somebody.
    const std::string mention = MentionIn(after.alerts, ColorOf(after));
    return PostNew(channel, after, Render(after, mention), mention, std::move(stop));
  }
  Store(std::move(after));
  return {Outcome::kAccepted, replied.Words()};
}

// The message as it will be with the alerts of `message`.
LivingMessage StoryPoster::Continued(const LivingMessage* before, const Message& message,
                                     absl::Time now) const {
  LivingMessage after;
  if (before != nullptr) {
    after = *before;
  } else {
    after.receiver = options_.receiver.name;
    after.story = message.story;
    after.posted = now;
  }
  if (!message.before.empty()) after.before = message.before;
  after.changed = now;
  AddToStory(message.alerts, after.alerts);
  if (!after.red && ColorOf(after) == Color::kRed)
    after.red = absl::FromUnixSeconds(cards::TimeOf(message.alerts.back().event));
  return after;
}

// True if the message stands in a channel that was configured before.
bool StoryPoster::IsElsewhere(const LivingMessage& message) const {
  return !message.configured_channel.empty() && message.configured_channel != PlaceOf(options_.receiver);
}

ProgressBySubject StoryPoster::ProgressOf(const LivingMessage& message) const {
  ProgressBySubject shown;
  for (const auto& [subject, event] : progress_) {
    if (IsOfRun(event, message.alerts)) shown.emplace(subject, event);
  }
  return shown;
}

std::string StoryPoster::MentionIn(const std::vector<Alert>& alerts, Color color) const {
  return MentionFor(options_.receiver, AlertGroup{options_.receiver.name, alerts, color});
}

std::string StoryPoster::Render(const LivingMessage& message, const std::string& mention) const {
  Card card = StoryCard(message, ProgressOf(message), options_.form.links);
  card.mention = mention;
  return Body(card, message.alerts);
}

std::string StoryPoster::Body(const Card& card, const std::vector<Alert>& alerts) const {
  return RenderMessage(options_.receiver, card, alerts, {}, options_.form).body;
}

Verdict StoryPoster::PostNew(Channel& channel, LivingMessage message, const std::string& body,
                             const std::string& mention, std::stop_token stop) {
  Verdict verdict = channel.Post(body, stop);
  if (verdict.outcome == Outcome::kFinal && !verdict.taken) {
    // The sections may be at fault; the title and the sentence must not be lost with them.
    Card bare = StepCard(message.alerts, options_.form.links);
    bare.mention = mention;
    verdict = channel.Post(Body(bare, message.alerts), std::move(stop));
  }
  if (verdict.outcome != Outcome::kAccepted || !verdict.posted) return verdict;
  message.id = *verdict.posted;
  message.configured_channel = PlaceOf(options_.receiver);
  message.posted = message.changed;
  Store(std::move(message));
  return verdict;
}

Verdict StoryPoster::Edit(Channel& channel, const LivingMessage& message, std::stop_token stop) {
  const MonotonicTime now = clock_.Steady();
  std::erase_if(edited_at_, [now](const auto& one) { return now - one.second >= kBetweenEdits; });
  edited_at_[message.story] = now;
  Verdict verdict = channel.Edit(message.id, Render(message, /*mention=*/""), std::move(stop));
  // A message that was posted can be posted again, where Slack refuses only this edit.
  verdict.gone = verdict.gone || (verdict.outcome == Outcome::kFinal && !verdict.taken);
  return verdict;
}

Verdict StoryPoster::Reply(Channel& channel, const LivingMessage& after, const Message& step, bool turned_red,
                           std::stop_token stop) {
  Card card = StepCard(step.alerts, options_.form.links);
  if (turned_red) card.mention = MentionIn(step.alerts, Color::kRed);
  return channel.Reply(after.id, Body(card, step.alerts), turned_red, std::move(stop));
}

void StoryPoster::Store(LivingMessage message) {
  const bool settings_only = std::all_of(message.alerts.begin(), message.alerts.end(),
                                         [](const Alert& alert) { return ChangesServiceSpec(alert.event); });
  message.closed = !GoesOn(message.alerts) && !settings_only;
  if (message.closed) edited_at_.erase(message.story);
  messages_.Put(std::move(message));
}

std::optional<std::string> StoryPoster::TakeProgress(v1::ChangeEvent progress) {
  const std::string subject = SubjectOf(progress);
  const auto known = progress_.find(subject);
  if (known != progress_.end() && !IsNewer(progress, known->second)) return std::nullopt;
  if (known == progress_.end() && progress_.size() >= kMostRuns) {
    progress_.erase(std::min_element(progress_.begin(), progress_.end(), [](const auto& a, const auto& b) {
      return IsNewer(b.second, a.second);
    }));
  }
  progress_.insert_or_assign(subject, std::move(progress));
  const std::optional<LivingMessage> message = messages_.FindRun(options_.receiver.name, subject);
  return message ? std::optional(message->story) : std::nullopt;
}

Verdict StoryPoster::ShowProgress(Channel& channel, const std::string& subject, std::stop_token stop) {
  std::optional<LivingMessage> message = messages_.FindRun(options_.receiver.name, subject);
  const auto progress = progress_.find(subject);
  if (!message || IsElsewhere(*message) || progress == progress_.end() ||
      !IsOfRun(progress->second, message->alerts))
    return {};
  return Edit(channel, *message, std::move(stop));
}

MonotonicTime StoryPoster::NextEdit(const std::string& story) const {
  const auto last = edited_at_.find(story);
  return last == edited_at_.end() ? MonotonicTime::InfinitePast() : last->second + kBetweenEdits;
}

}  // namespace swarmbell
