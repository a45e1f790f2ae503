#include "notifier/pipeline/group_color.h"

#include <algorithm>

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

// Changes of a service's spec, which make the engine start an update.
bool CausesUpdate(const v1::ChangeEvent& event) {
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

}  // namespace

Color GroupColor(const std::vector<Alert>& alerts) {
  const bool has_cause =
      std::any_of(alerts.begin(), alerts.end(), [](const Alert& alert) { return CausesUpdate(alert.event); });
  Color color = Color::kGreen;
  for (const Alert& alert : alerts) {
    if (has_cause && IsUpdateStart(alert.event)) continue;
    if (Weight(alert.color) > Weight(color)) color = alert.color;
  }
  return color;
}

}  // namespace swarmbell
