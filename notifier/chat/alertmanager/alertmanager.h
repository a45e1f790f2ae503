#pragma once

#include <string>

#include "absl/time/time.h"
#include "notifier/chat/chat.h"

namespace swarmbell {

// Prometheus's Alertmanager: POST /api/v2/alerts (https://prometheus.io/docs/alerting/latest/alerts_api).
Chat AlertmanagerChat();

// How long Alertmanager keeps an alert that is not posted again: news, and an alarm of a notifier that is
// gone. An alarm that lasts is posted again each kRepeatAlarms.
inline constexpr absl::Duration kFiresFor = absl::Minutes(5);

// The alert of a message, as a list of one. Its labels are the same when an alarm opens and when it ends.
// Only an alarm that has ended has an `endsAt`. Pure.
std::string RenderAlertmanager(const Notice& full);

// One list of the alerts in several. Pure.
std::string JoinAlerts(const std::vector<std::string>& bodies);

// The list with an `endsAt` of kFiresFor after `now` where there is none. Pure.
std::string WithEnds(const std::string& body, absl::Time now);

}  // namespace swarmbell
