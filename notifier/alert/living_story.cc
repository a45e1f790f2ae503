#include "notifier/alert/living_story.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

// More than the changes of the objects of one story, such as the services of a stack.
constexpr std::size_t kMostAlerts = 200;

// An alarm that comes this long after the last change of a story must ring, and an edit rings nowhere.
constexpr absl::Duration kSameAlarm = absl::Hours(1);

bool IsRemoval(const v1::ChangeEvent& event) {
  return event.has_service_disappeared() || event.has_node_disappeared();
}

v1::UpdateState StepOf(const v1::ChangeEvent& event) {
  return event.service_update_state_changed().current_state();
}

bool IsPause(const v1::ChangeEvent& event) {
  return StepOf(event) == v1::UPDATE_STATE_PAUSED || StepOf(event) == v1::UPDATE_STATE_ROLLBACK_PAUSED;
}

bool IsCompletion(const v1::ChangeEvent& event) {
  return StepOf(event) == v1::UPDATE_STATE_COMPLETED || StepOf(event) == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

bool IsStartOfRun(const v1::ChangeEvent& event) {
  return StepOf(event) == v1::UPDATE_STATE_UPDATING || StepOf(event) == v1::UPDATE_STATE_ROLLBACK_STARTED;
}

bool IsNodeAway(const v1::ChangeEvent& event) {
  return event.has_node_state_changed() && event.node_state_changed().current_state() != v1::NODE_STATE_READY;
}

bool IsNodePaused(const v1::ChangeEvent& event) {
  return event.node_availability_changed().current_availability() == v1::NODE_AVAILABILITY_PAUSE;
}

bool IsUnreachable(const v1::ChangeEvent& event) {
  return event.has_node_reachability_changed() &&
         event.node_reachability_changed().current_reachability() != v1::NODE_REACHABILITY_REACHABLE;
}

// True if another change will end the state.
bool Lasts(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceDegraded:
    case v1::ChangeEvent::kServiceCrashLoop:
    case v1::ChangeEvent::kServiceUpdateStalled:
    case v1::ChangeEvent::kServiceJobFailed:
    case v1::ChangeEvent::kServicesFailing:
    case v1::ChangeEvent::kTaskUnschedulable:
    case v1::ChangeEvent::kContainerRestarting:
    case v1::ChangeEvent::kContainerDead:
    case v1::ChangeEvent::kContainerGaveUp:
    case v1::ChangeEvent::kCollectorStale:
    case v1::ChangeEvent::kFeedDisconnected:
    case v1::ChangeEvent::kReceiverFailing:
      return true;
    default:
      return IsPause(event) || IsNodeAway(event) || IsNodePaused(event) || IsUnreachable(event);
  }
}

bool EndsService(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier) {
  switch (earlier.details_case()) {
    case v1::ChangeEvent::kServiceDegraded:
    case v1::ChangeEvent::kTaskUnschedulable:
      return later.has_service_recovered();
    case v1::ChangeEvent::kServiceCrashLoop:
      // Missing tasks are reported only once the loop is over, and a job that failed was no loop.
      return later.has_service_crash_loop_over() || later.has_service_degraded() ||
             later.has_service_recovered() || later.has_service_job_failed();
    case v1::ChangeEvent::kServiceUpdateStalled:
      return later.has_service_update_resumed() || later.has_service_update_state_changed();
    case v1::ChangeEvent::kServiceUpdateStateChanged:
      return IsPause(earlier) && IsCompletion(later);
    case v1::ChangeEvent::kServiceJobFailed:
      return later.has_service_job_succeeded();
    case v1::ChangeEvent::kServicesFailing:
      return later.has_services_failing_over();
    default:
      return false;
  }
}

bool EndsOther(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier) {
  switch (earlier.details_case()) {
    case v1::ChangeEvent::kNodeStateChanged:
      return IsNodeAway(earlier) && later.has_node_state_changed() && !IsNodeAway(later);
    case v1::ChangeEvent::kNodeAvailabilityChanged:
      return IsNodePaused(earlier) && later.has_node_availability_changed();
    case v1::ChangeEvent::kNodeReachabilityChanged:
      return IsUnreachable(earlier) && ((later.has_node_reachability_changed() && !IsUnreachable(later)) ||
                                        later.node_role_changed().current_role() == v1::NODE_ROLE_WORKER);
    case v1::ChangeEvent::kContainerRestarting:
      return later.has_container_recovered() || later.has_container_gave_up() || later.has_container_dead();
    case v1::ChangeEvent::kContainerDead:
    case v1::ChangeEvent::kContainerGaveUp:
      return later.has_container_recovered();
    case v1::ChangeEvent::kCollectorStale:
      return later.has_collector_recovered();
    case v1::ChangeEvent::kFeedDisconnected:
      return later.has_feed_connected();
    case v1::ChangeEvent::kReceiverFailing:
      return later.has_receiver_recovered();
    default:
      return false;
  }
}

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
  const v1::ChangeEvent& first = group.alerts.front().event;
  const std::string subject = SubjectOf(first);
  const auto all = [&group](auto is) { return std::all_of(group.alerts.begin(), group.alerts.end(), is); };
  if (all([&](const Alert& alert) { return SubjectOf(alert.event) == subject; })) return subject;
  const std::string& story = group.alerts.front().story;
  if (!story.empty() && all([&](const Alert& alert) { return alert.story == story; })) return story;
  const std::string& stack = first.resource().stack();
  const bool of_stack = !stack.empty() && all([&](const Alert& alert) {
    return alert.event.resource().stack() == stack && alert.event.cluster().id() == first.cluster().id();
  });
  return of_stack ? absl::StrCat(first.cluster().id(), "/stack/", stack) : "";
}

bool EndsState(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier) {
  if (!Lasts(earlier) || SubjectOf(later) != SubjectOf(earlier)) return false;
  return IsRemoval(later) || EndsService(later, earlier) || EndsOther(later, earlier);
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
