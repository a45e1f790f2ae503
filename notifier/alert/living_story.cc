#include "notifier/alert/living_story.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/alert/change_facts.h"
#include "notifier/alert/conditions.h"

namespace swarmbell {
namespace {

// More than the changes of the objects of one story, such as the services of a stack.
constexpr std::size_t kMostAlerts = 200;

// An alarm that comes this long after the last change of a story must ring, and an edit rings nowhere.
constexpr absl::Duration kSameAlarm = absl::Hours(1);

bool IsRemoval(const v1::ChangeEvent& event) {
  return event.has_service_disappeared() || event.has_node_disappeared();
}

bool IsStartOfRun(const v1::ChangeEvent& event) {
  return StepOf(event) == v1::UPDATE_STATE_UPDATING || StepOf(event) == v1::UPDATE_STATE_ROLLBACK_STARTED;
}

// True if another change will end the state.
bool Lasts(const v1::ChangeEvent& event) { return IsAlarm(event) && !IsStartOfRun(event); }

std::vector<Alert> Filtered(const std::vector<Alert>& alerts, bool ended) {
  std::vector<Alert> filtered;
  for (auto alert = alerts.begin(); alert != alerts.end(); ++alert) {
    const bool ends = std::any_of(alert + 1, alerts.end(), [&alert](const Alert& later) {
      return EndsState(later.event, alert->event);
    });
    if (ends == ended) filtered.push_back(*alert);
  }
  return filtered;
}

// True if `more` has an alarm that is new although the story shows one of its kind, or that comes late.
bool RingsAgain(const std::vector<Alert>& alerts, const std::vector<Alert>& more, absl::Duration since) {
  const std::vector<Alert> unended = Unended(alerts);
  return std::any_of(more.begin(), more.end(), [&](const Alert& alert) {
    if (alert.color != Color::kRed || !Lasts(alert.event)) return false;
    return since > kSameAlarm || std::any_of(unended.begin(), unended.end(), [&alert](const Alert& open) {
             return open.color == Color::kRed && Lasts(open.event) &&
                    open.event.details_case() == alert.event.details_case() &&
                    open.event.event_id() != alert.event.event_id() &&
                    SubjectOf(open.event) == SubjectOf(alert.event);
           });
  });
}

void DropOldest(std::vector<Alert>& alerts) {
  auto least = std::find_if(alerts.begin(), alerts.end(), [](const Alert& alert) {
    return !Lasts(alert.event) && !IsStartOfRun(alert.event);
  });
  alerts.erase(least == alerts.end() ? alerts.begin() : least);
}

}  // namespace

std::string StoryKeyOf(const AlertGroup& group) {
  if (group.alerts.empty()) return "";
  const std::vector<const Alert*> alerts = Principals(group.alerts);
  const v1::ChangeEvent& first = alerts.front()->event;
  std::string subject = SubjectOf(first);
  const auto all = [&alerts](auto is) {
    return std::all_of(alerts.begin(), alerts.end(), [&is](const Alert* alert) { return is(*alert); });
  };
  if (all([&](const Alert& alert) { return SubjectOf(alert.event) == subject; })) return subject;
  const std::string& story = alerts.front()->story;
  if (!story.empty() && all([&](const Alert& alert) { return alert.story == story; })) return story;
  const std::string& stack = first.resource().stack();
  const bool of_stack = !stack.empty() && all([&](const Alert& alert) {
    return alert.event.resource().stack() == stack && alert.event.cluster().id() == first.cluster().id();
  });
  return of_stack ? absl::StrCat(first.cluster().id(), "/stack/", stack) : "";
}

bool EndsState(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier) {
  return Lasts(earlier) && Ends(later, earlier);
}

std::vector<Alert> Unended(const std::vector<Alert>& alerts) { return Filtered(alerts, false); }

std::vector<Alert> Ended(const std::vector<Alert>& alerts) { return Filtered(alerts, true); }

bool GoesOn(const std::vector<Alert>& alerts) {
  const std::vector<Alert> unended = Unended(alerts);
  return std::any_of(unended.begin(), unended.end(), [&alerts](const Alert& alert) {
    return Lasts(alert.event) || RunInProgress(alerts, SubjectOf(alert.event)) != nullptr;
  });
}

const v1::ChangeEvent* RunInProgress(const std::vector<Alert>& alerts, const std::string& subject) {
  const auto last = std::find_if(alerts.rbegin(), alerts.rend(), [&subject](const Alert& alert) {
    return (alert.event.has_service_update_state_changed() || IsRemoval(alert.event)) &&
           SubjectOf(alert.event) == subject;
  });
  return last != alerts.rend() && IsStartOfRun(last->event) ? &last->event : nullptr;
}

bool ShowsStateOf(const std::vector<Alert>& alerts, const std::string& subject) {
  if (RunInProgress(alerts, subject) != nullptr) return true;
  const std::vector<Alert> unended = Unended(alerts);
  return std::any_of(unended.begin(), unended.end(), [&subject](const Alert& alert) {
    return Lasts(alert.event) && SubjectOf(alert.event) == subject;
  });
}

bool Continues(const std::vector<Alert>& alerts, const std::vector<Alert>& more, absl::Duration since) {
  if (RingsAgain(alerts, more, since)) return false;
  if (GoesOn(alerts)) return true;
  const auto is_setting = [](const Alert& alert) { return ChangesServiceSpec(alert.event); };
  const auto goes_with_it = [](const Alert& alert) {
    return ChangesServiceSpec(alert.event) || alert.event.has_service_update_state_changed();
  };
  return since < kAwaitsUpdate && std::all_of(alerts.begin(), alerts.end(), is_setting) &&
         std::all_of(more.begin(), more.end(), goes_with_it);
}

void AddToStory(const std::vector<Alert>& more, std::vector<Alert>& alerts) {
  for (const Alert& alert : more) {
    const bool known = std::any_of(alerts.begin(), alerts.end(), [&alert](const Alert& one) {
      return one.event.event_id() == alert.event.event_id();
    });
    if (known) continue;
    std::erase_if(alerts, [&alert](const Alert& one) {
      return Overtakes(alert.event, one.event) && !Lasts(one.event);
    });
    alerts.push_back(alert);
  }
  while (alerts.size() > kMostAlerts) DropOldest(alerts);
}

}  // namespace swarmbell
