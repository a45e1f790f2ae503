#include "notifier/delivery/story_card.h"

#include <algorithm>
#include <cstdint>
#include <variant>

#include "absl/strings/str_cat.h"
#include "notifier/alert/living_story.h"
#include "notifier/cards/build_card.h"
#include "notifier/cards/words.h"

namespace swarmbell {
namespace {

constexpr std::uint64_t kMostSegments = 10;

Card CardOf(std::vector<Alert> alerts, const std::vector<LinkConfig>& links,
            const std::vector<EarlierChange>& before = {}) {
  AlertGroup group;
  group.color = GroupColor(alerts);
  group.digest = StoryKeyOf(AlertGroup{"", alerts, group.color}) != SubjectOf(alerts.front().event);
  group.alerts = std::move(alerts);
  if (group.color == Color::kRed) group.before = before;
  return BuildCard(group, links);
}

absl::Time TimeOf(const Alert& alert) { return absl::FromUnixSeconds(cards::TimeOf(alert.event)); }

// The time of the last change that ended a state.
absl::Time EndOf(const std::vector<Alert>& alerts, const std::vector<Alert>& ended) {
  const auto last = std::find_if(alerts.rbegin(), alerts.rend(), [&ended](const Alert& alert) {
    return std::any_of(ended.begin(), ended.end(),
                       [&alert](const Alert& one) { return EndsState(alert.event, one.event); });
  });
  return TimeOf(last == alerts.rend() ? alerts.back() : *last);
}

// The alarm that is over: how long it lasted, and why it was.
void AddPast(const Card& past, absl::Duration lasted, Card& card) {
  FactsSection alarm{
      {{"Alarm", past.title}, {"Lasted", cards::InWords(std::max(lasted, absl::ZeroDuration()))}}};
  if (!past.subtitle.empty()) alarm.facts.push_back({"It said", past.subtitle});
  card.sections.emplace_back(std::move(alarm));
  for (const CardSection& section : past.sections) {
    const bool news = std::find(card.sections.begin(), card.sections.end(), section) == card.sections.end();
    if (news) card.sections.push_back(section);
  }
}

void AddProgress(const ProgressBySubject& progress, Card& card) {
  FactsSection bars;
  for (const auto& [subject, event] : progress) {
    bars.facts.push_back({progress.size() == 1 ? "Progress" : event.resource().name(),
                          ProgressBar(event.service_update_progress())});
  }
  if (!bars.facts.empty()) card.sections.insert(card.sections.begin(), std::move(bars));
}

}  // namespace

Card StoryCard(const LivingMessage& message, const ProgressBySubject& progress,
               const std::vector<LinkConfig>& links) {
  const std::vector<Alert>& alerts = message.alerts;
  const std::vector<Alert> ended = Ended(alerts);
  const std::vector<Alert> unended = Unended(alerts);
  const bool was_red = message.red && !ended.empty() && GroupColor(unended) != Color::kRed;
  // The last change is the news once everything is over.
  Card card =
      CardOf(was_red && !GoesOn(alerts) ? std::vector{alerts.back()} : unended, links, message.before);
  AddProgress(progress, card);
  if (was_red) AddPast(CardOf(ended, links), EndOf(alerts, ended) - *message.red, card);
  return card;
}

Card StepCard(const std::vector<Alert>& alerts, const std::vector<LinkConfig>& links) {
  const Card whole = CardOf(alerts, links);
  Card step;
  step.color = whole.color;
  step.title = whole.title;
  step.subtitle = whole.subtitle;
  step.cluster = whole.cluster;
  return step;
}

std::string ProgressBar(const v1::ServiceUpdateProgress& progress) {
  const std::uint64_t wanted = progress.wanted_tasks();
  const std::uint64_t done = std::min<std::uint64_t>(progress.updated_tasks(), wanted);
  const std::uint64_t segments = std::min(wanted, kMostSegments);
  const std::uint64_t full = wanted == 0 ? 0 : done * segments / wanted;
  std::string bar;
  for (std::uint64_t i = 0; i < segments; ++i) bar += i < full ? "▰" : "▱";
  absl::StrAppend(&bar, bar.empty() ? "" : " ", done, "/", wanted);
  if (progress.failed_tasks() > 0) absl::StrAppend(&bar, ", ", progress.failed_tasks(), " failed");
  return bar;
}

bool IsOfRun(const v1::ChangeEvent& progress, const std::vector<Alert>& alerts) {
  const v1::ChangeEvent* start = RunInProgress(alerts, SubjectOf(progress));
  if (start == nullptr) return false;
  const v1::ServiceUpdateStateChanged& run = start->service_update_state_changed();
  const v1::ServiceUpdateProgress& now = progress.service_update_progress();
  return run.current_state() == now.state() && run.start_time().seconds() == now.start_time().seconds() &&
         run.start_time().nanos() == now.start_time().nanos();
}

}  // namespace swarmbell
