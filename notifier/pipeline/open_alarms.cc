#include "notifier/pipeline/open_alarms.h"

#include <algorithm>
#include <utility>

#include "common/change/change_field.h"
#include "notifier/alert/conditions.h"

namespace swarmbell {
namespace {

// No collector sends it again.
bool IsOfFeed(const v1::ChangeEvent& event) {
  return event.has_feed_disconnected() || event.has_feed_connected() ||
         event.collector_recovered().restarted();
}

bool IsLoop(const v1::ChangeEvent& event) {
  return event.has_service_crash_loop() || event.has_services_failing();
}

}  // namespace

StageResult OpenAlarms::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  if (IsKnown(event)) return {StageResult::Kind::kDropped, "it was reported before the restart"};
  if (IsSecondEnd(event, at.now)) {
    return {StageResult::Kind::kDropped, "another collector has reported the end of the alarm"};
  }
  if (event.has_feed_disconnected()) followed_.erase(event.resource().name());
  PassingChange on = change;
  const std::optional<v1::ChangeEvent> last = WithEndedAlarms(event);
  if (last) on.event = &*last;
  on.own |= IsOfFeed(event);
  const bool silently = on.event->ended_alarms_size() > 0;
  const StageResult result = PassOn(on, next, silently ? "the alarms of its object end with it" : "");
  Remember(event, result.wanted, at.now);
  return result;
}

void OpenAlarms::Remember(const v1::ChangeEvent& event, bool wanted, absl::Time now) {
  for (const std::string& key : EndedBy(event)) {
    if (open_.erase(key) == 0 || !IsOnlyEnd(event)) continue;
    std::erase_if(ended_, [now](const auto& ended) { return now - ended.second > kSameEnd; });
    ended_[key] = now;
  }
  if (!IsAlarm(event) || event.has_receiver_failing()) return;  // that ends with this process
  for (const std::string& key : ConditionsBegunBy(event)) {
    ended_.erase(key);
    if (open_.size() >= kMost && !open_.contains(key)) continue;
    Alarm& alarm = open_[key];
    alarm = {event, wanted || alarm.reported};
  }
}

bool OpenAlarms::IsSecondEnd(const v1::ChangeEvent& event, absl::Time now) const {
  if (!IsOnlyEnd(event)) return false;
  const std::vector<std::string> keys = ConditionsEndedBy(event);
  const auto ended = ended_.find(keys.front());
  return ended != ended_.end() && !open_.contains(keys.front()) && now - ended->second <= kSameEnd;
}

bool OpenAlarms::IsKnown(const v1::ChangeEvent& event) const {
  if (event.has_feed_disconnected()) {
    const std::vector<std::string> keys = ConditionsBegunBy(event);
    const auto open = open_.find(keys.front());
    return open != open_.end() && open->second.reported && open->second.event.event_id() != event.event_id();
  }
  const std::vector<std::string> ends = ConditionsEndedBy(event);
  return event.collector_recovered().restarted() && !open_.contains(ends.front());
}

// A change may take the place of an alarm without being one: a node that is drained is paused no longer.
std::vector<std::string> OpenAlarms::EndedBy(const v1::ChangeEvent& event) const {
  std::vector<std::string> keys = ConditionsEndedBy(event);
  if (IsAlarm(event)) return keys;
  for (const std::string& key : ConditionsBegunBy(event)) {
    const auto open = open_.find(key);
    if (open != open_.end() && Ends(event, open->second.event)) keys.push_back(key);
  }
  return keys;
}

std::optional<v1::ChangeEvent> OpenAlarms::WithEndedAlarms(const v1::ChangeEvent& event) const {
  std::optional<v1::ChangeEvent> last;
  for (const std::string& key : EndedBy(event)) {
    const auto open = open_.find(key);
    if (open == open_.end() || !open->second.reported) continue;
    if (!last) last = event;
    last->add_ended_alarm_keys(key);
    if (!EndsSilently(event)) continue;
    const v1::ChangeEvent& alarm = open->second.event;
    v1::EndedAlarm& ended = *last->add_ended_alarms();
    ended.set_change(ChangeName(alarm));
    *ended.mutable_observe_time() = alarm.observe_time();
  }
  return last;
}

std::vector<v1::ChangeEvent> OpenAlarms::Followed(const std::string& feed, absl::Time now) {
  followed_.insert(feed);
  return EndFeeds(now);
}

std::vector<v1::ChangeEvent> OpenAlarms::SetFeeds(std::set<std::string> feeds, absl::Time now) {
  feeds_ = std::move(feeds);
  return EndFeeds(now);
}

std::vector<v1::ChangeEvent> OpenAlarms::EndFeeds(absl::Time now) {
  std::vector<v1::ChangeEvent> ends;
  std::erase_if(open_, [&](const auto& open) {
    const v1::ChangeEvent& event = open.second.event;
    if (!event.has_feed_disconnected()) return false;
    const std::string& feed = event.resource().name();
    const bool gone = feeds_ && !feeds_->contains(feed);
    if (!gone && !followed_.contains(feed)) return false;
    if (open.second.reported) ends.push_back(EndOfFeedAlarm(event, gone, now));
    return true;
  });
  return ends;
}

std::vector<v1::ChangeEvent> OpenAlarms::Restore(const v1::NotifierState& stored, absl::Time now) {
  std::erase_if(open_, [](const auto& open) { return open.second.restored; });
  for (const auto* list :
       {&stored.open_alarms(), &stored.open_crash_loops(), &stored.open_services_failing()}) {
    for (const v1::ChangeEvent& event : *list) {
      for (const std::string& key : ConditionsBegunBy(event)) {
        if (open_.size() < kMost) open_.try_emplace(key, Alarm{event, true, true});
      }
    }
  }
  return EndFeeds(now);
}

std::vector<v1::ChangeEvent> OpenAlarms::Open() const {
  std::vector<v1::ChangeEvent> events;
  for (const auto& [key, alarm] : open_) {
    if (alarm.reported && !IsLoop(alarm.event)) events.push_back(alarm.event);
  }
  return events;
}

}  // namespace swarmbell
