#include "notifier/timeline/timeline.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/glob/glob.h"
#include "common/time/proto_time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"
#include "notifier/cards/build_card.h"
#include "notifier/cards/text.h"
#include "notifier/rules/match.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

bool Wants(const TimelineQuery& query, const v1::ChangeEvent& event) {
  const absl::Time time = ObservedAt(event);
  return time >= query.since && time <= query.until &&
         (query.stack.empty() || GlobMatch(query.stack, event.resource().stack()));
}

// As a rule would tell it; also one that no rule wants, or that is muted.
Alert AlertOf(v1::ChangeEvent event, const RuleSet& rules) {
  const Decision decision = rules.Evaluate(event, ObservedAt(event));
  Alert alert;
  if (decision.alert) alert.title = decision.alert->title;
  alert.rule = decision.rule;
  alert.color = decision.color.value_or(Color::kBlack);
  alert.event = std::move(event);
  return alert;
}

}  // namespace

absl::Time ObservedAt(const v1::ChangeEvent& event) { return FromProto(event.observe_time()); }

AlertGroup GroupOf(std::vector<v1::ChangeEvent> changes, const RuleSet& rules) {
  AlertGroup group;
  for (v1::ChangeEvent& event : changes) group.alerts.push_back(AlertOf(std::move(event), rules));
  group.color = GroupColor(group.alerts);
  return group;
}

TimelineRow RowOf(std::vector<v1::ChangeEvent> changes, const RuleSet& rules) {
  TimelineRow row;
  row.time = ObservedAt(changes.front());
  row.changes = std::move(changes);
  const AlertGroup group = GroupOf(row.changes, rules);
  std::set<std::string> names;
  for (const Alert& alert : group.alerts) {
    if (!alert.rule.empty()) names.insert(alert.rule);
  }
  row.rules = absl::StrJoin(names, " ");
  row.card = cards::Trim(BuildCard(group, {}), {});
  return row;
}

std::vector<TimelineRow> TimelineOf(std::vector<v1::ChangeEvent> changes, const RuleSet& rules,
                                    absl::Duration window, const TimelineQuery& query) {
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& one, const auto& two) { return ObservedAt(one) < ObservedAt(two); });
  std::set<std::string> seen;
  std::vector<std::vector<v1::ChangeEvent>> groups;
  std::map<std::string, std::size_t> open;  // by subject, its latest group
  for (v1::ChangeEvent& event : changes) {
    if (!Wants(query, event) || !seen.insert(event.event_id()).second) continue;
    const absl::Time time = ObservedAt(event);
    const auto [place, is_new] = open.try_emplace(SubjectOf(event), groups.size());
    if (is_new || time - ObservedAt(groups[place->second].front()) > window) {
      place->second = groups.size();
      groups.emplace_back();
    }
    groups[place->second].push_back(std::move(event));
  }
  std::vector<TimelineRow> rows;
  for (std::vector<v1::ChangeEvent>& group : groups) {
    TimelineRow row = RowOf(std::move(group), rules);
    const std::vector<Color>& colors = query.colors;
    if (colors.empty() || std::find(colors.begin(), colors.end(), row.card.color) != colors.end())
      rows.push_back(std::move(row));
  }
  return rows;
}

std::string TimelineText(const TimelineRow& row, absl::TimeZone zone) {
  constexpr std::size_t kLongestColor = 6;
  std::string color = ColorName(row.card.color);
  color.resize(std::max(color.size(), kLongestColor), ' ');
  return absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%S", row.time, zone), "  ", cards::Dot(row.card.color),
                      " ", color, "  ", row.card.cluster, row.card.cluster.empty() ? "" : "  ",
                      row.card.title, row.card.subtitle.empty() ? "" : ". ", row.card.subtitle);
}

Json SummaryOf(const TimelineRow& row) {
  const v1::ChangeEvent& first = row.changes.front();
  return {{"time", absl::FormatTime(absl::RFC3339_full, row.time, absl::UTCTimeZone())},
          {"color", ColorName(row.card.color)},
          {"swarm", row.card.cluster},
          {"kind", KindWord(first.resource().kind())},
          {"name", first.resource().name()},
          {"stack", first.resource().stack()},
          {"service", ServiceNameOf(first)},
          {"node", NodeNameOf(first)},
          {"title", row.card.title},
          {"text", row.card.subtitle},
          {"rules", row.rules}};
}

Json ChangeJson(const v1::ChangeEvent& event) {
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(event, &text).ok()) return nullptr;
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string TimelineJson(const TimelineRow& row) {
  Json line = SummaryOf(row);
  line["events"] = Json::array();
  for (const v1::ChangeEvent& event : row.changes) line["events"].push_back(ChangeJson(event));
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace swarmbell
