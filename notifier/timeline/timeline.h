#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/cards/card.h"
#include "notifier/config/notifier_config.h"
#include "notifier/rules/rule_set.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The changes of the past, in order, for a person who looks for the cause of an outage. All pure.

struct TimelineQuery {
  absl::Time since = absl::InfinitePast();  // the first change that is wanted was observed then, or later
  absl::Time until = absl::InfiniteFuture();
  std::string stack{};          // as in a rule's match, with * and ?; any if empty
  std::vector<Color> colors{};  // any if empty
};

// The changes of one object that were observed together.
struct TimelineRow {
  absl::Time time;    // when the first of them was observed
  std::string rules;  // those that they match, with spaces between; a change that no rule wants is shown too
  Card card;          // as a chat shows it
  std::vector<v1::ChangeEvent> changes;  // never empty
};

// The changes of one row as alerts: as the rules decide, also about a change that none wants, or that is
// muted.
AlertGroup GroupOf(std::vector<v1::ChangeEvent> changes, const RuleSet& rules);

TimelineRow RowOf(std::vector<v1::ChangeEvent> changes, const RuleSet& rules);

// When a collector observed the change.
absl::Time ObservedAt(const v1::ChangeEvent& event);

// The rows of the changes, oldest first. The changes may be of several collectors, in any order, and
// repeated. `window` is the time within which changes of one object are a row.
std::vector<TimelineRow> TimelineOf(std::vector<v1::ChangeEvent> changes, const RuleSet& rules,
                                    absl::Duration window, const TimelineQuery& query);

// `2026-11-29 08:52:57  🛑 red     prod-eu  Service shop_api update paused. 1 of 3 tasks updated.`
std::string TimelineText(const TimelineRow& row, absl::TimeZone zone);

// time, color, swarm, kind, name, stack, service, node, title, text, rules.
nlohmann::json SummaryOf(const TimelineRow& row);

// Protobuf's JSON of a change; null if it has none.
nlohmann::json ChangeJson(const v1::ChangeEvent& event);

// One line of JSON: the summary, and the changes themselves as `events`, which --explain reads.
std::string TimelineJson(const TimelineRow& row);

}  // namespace swarmbell
