#include "notifier/pipeline/group_color.h"

#include <algorithm>

#include "notifier/pipeline/update_cause.h"

namespace swarmbell {
namespace {

int Weight(Color color) {
  switch (color) {
    case Color::kRed:
      return 4;
    case Color::kBlue:
      return 3;
    case Color::kYellow:
      return 2;
    case Color::kBlack:
      return 1;
    case Color::kGreen:
      return 0;
  }
  return 0;
}

bool IsUpdateStart(const v1::ChangeEvent& event) {
  return event.has_service_update_state_changed() &&
         event.service_update_state_changed().current_state() == v1::UPDATE_STATE_UPDATING;
}

bool IsRollback(const v1::ChangeEvent& event) {
  if (!event.has_service_update_state_changed()) return false;
  const v1::UpdateState state = event.service_update_state_changed().current_state();
  return state == v1::UPDATE_STATE_ROLLBACK_STARTED || state == v1::UPDATE_STATE_ROLLBACK_PAUSED ||
         state == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

// Changes of a service's spec: they make the engine start an update, and a rollback makes them.
bool ChangesSpec(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceTaskTemplateChanged:
    case v1::ChangeEvent::kServiceModeChanged:
    case v1::ChangeEvent::kServiceEndpointSpecChanged:
    case v1::ChangeEvent::kServiceRollbackConfigChanged:
    case v1::ChangeEvent::kServiceUpdateConfigChanged:
    case v1::ChangeEvent::kServiceLabelsChanged:
      return true;
    default:
      return false;
  }
}

// What is written beside the tasks' template when a service is deployed, unless a rule makes it graver:
// `docker stack deploy` notes each new image in a label of the service.
bool GoesWithDeployment(const Alert& alert) {
  const v1::ChangeEvent& event = alert.event;
  return alert.color == Color::kBlue &&
         (event.has_service_labels_changed() || event.has_service_update_config_changed() ||
          event.has_service_rollback_config_changed());
}

bool IsDeployed(const std::vector<Alert>& alerts, const std::string& service_id) {
  return std::any_of(alerts.begin(), alerts.end(), [&](const Alert& alert) {
    return alert.event.has_service_task_template_changed() && alert.event.resource().id() == service_id;
  });
}

}  // namespace

Color Gravest(Color one, Color two) { return Weight(one) > Weight(two) ? one : two; }

Color GroupColor(const std::vector<Alert>& alerts) {
  const auto any = [&alerts](bool (*is)(const v1::ChangeEvent&)) {
    return std::any_of(alerts.begin(), alerts.end(), [is](const Alert& alert) { return is(alert.event); });
  };
  const bool has_cause = any(ChangesSpec);
  const bool has_rollback = any(IsRollback);
  Color color = Color::kGreen;
  for (auto alert = alerts.begin(); alert != alerts.end(); ++alert) {
    const bool overtaken = std::any_of(alert + 1, alerts.end(), [&alert](const Alert& later) {
      return Overtakes(later.event, alert->event);
    });
    if (overtaken || (has_cause && IsUpdateStart(alert->event))) continue;
    if (has_rollback && ChangesSpec(alert->event)) continue;
    if (GoesWithDeployment(*alert) && IsDeployed(alerts, alert->event.resource().id())) continue;
    const bool completed = std::any_of(alerts.begin(), alerts.end(), [&alert](const Alert& other) {
      return Completes(other.event, alert->event);
    });
    if (!completed) color = Gravest(color, alert->color);
  }
  return color;
}

}  // namespace swarmbell
