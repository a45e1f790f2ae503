#include "notifier/timeline/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/time/proto_time.h"
#include "notifier/cards/samples.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const absl::Time kNoon = absl::FromUnixSeconds(1795953600);

RuleSet Rules() {
  NotifierConfig config;
  config.receivers.push_back({});
  config.receivers.back().name = "console";
  config.rules = BuiltInRules();
  for (RuleConfig& rule : config.rules) rule.receivers = {"console"};
  return *RuleSet::Create(config);
}

// The change of a sample, as observed then.
v1::ChangeEvent ChangeOf(const std::string& rule, absl::Time observed) {
  for (const Sample& sample : Samples()) {
    if (sample.rule != rule) continue;
    v1::ChangeEvent event = sample.events.front();
    event.set_event_id(rule + absl::FormatTime(observed));
    *event.mutable_observe_time() = ToProto(observed);
    return event;
  }
  ADD_FAILURE() << "no sample of " << rule;
  return {};
}

std::vector<std::string> Titles(const std::vector<TimelineRow>& rows) {
  std::vector<std::string> titles;
  for (const TimelineRow& row : rows) titles.push_back(row.card.title);
  return titles;
}

std::vector<TimelineRow> Timeline(std::vector<v1::ChangeEvent> changes, const TimelineQuery& query = {}) {
  return TimelineOf(std::move(changes), Rules(), absl::Milliseconds(500), query);
}

TEST(Timeline, IsInTheOrderOfObservationWhateverTheCollector) {
  EXPECT_THAT(
      Titles(Timeline({ChangeOf("update-paused", kNoon + absl::Seconds(40)), ChangeOf("node-down", kNoon),
                       ChangeOf("update-started", kNoon + absl::Seconds(1))})),
      ElementsAre("Node worker-02 went down", "Service shop_api update started",
                  "Service shop_api update paused"));
}

TEST(Timeline, ShowsAChangeOnceThatSeveralCollectorsList) {
  const v1::ChangeEvent change = ChangeOf("node-down", kNoon);
  EXPECT_THAT(Timeline({change, change}), SizeIs(1));
}

TEST(Timeline, ChangesOfOneObjectAtOneTimeAreOneRow) {
  const std::vector<TimelineRow> rows = Timeline(
      {ChangeOf("task-template-changed", kNoon), ChangeOf("update-started", kNoon + absl::Milliseconds(400)),
       ChangeOf("update-paused", kNoon + absl::Milliseconds(600))});
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(rows[0].changes, SizeIs(2));
  EXPECT_EQ(rows[0].rules, "task-template-changed update-started");
  EXPECT_EQ(rows[1].time, kNoon + absl::Milliseconds(600));
}

TEST(Timeline, KeepsWhatTheQueryWants) {
  const std::vector<v1::ChangeEvent> changes = {ChangeOf("node-down", kNoon),
                                                ChangeOf("update-paused", kNoon + absl::Seconds(10)),
                                                ChangeOf("update-started", kNoon + absl::Seconds(20))};
  EXPECT_THAT(Titles(Timeline(changes, {.since = kNoon + absl::Seconds(10)})),
              ElementsAre("Service shop_api update paused", "Service shop_api update started"));
  EXPECT_THAT(Titles(Timeline(changes, {.until = kNoon})), ElementsAre("Node worker-02 went down"));
  EXPECT_THAT(Titles(Timeline(changes, {.stack = "sh*"})),
              ElementsAre("Service shop_api update paused", "Service shop_api update started"));
  EXPECT_THAT(Titles(Timeline(changes, {.colors = {Color::kYellow}})),
              ElementsAre("Service shop_api update started"));
  EXPECT_THAT(Timeline(changes, {.stack = "other"}), IsEmpty());
}

TEST(Timeline, AChangeThatNoRuleWantsIsShown) {
  const std::vector<TimelineRow> rows = TimelineOf({ChangeOf("node-down", kNoon)},
                                                   [] {
                                                     NotifierConfig config;
                                                     config.receivers.push_back({});
                                                     return *RuleSet::Create(config);
                                                   }(),
                                                   absl::ZeroDuration(), {});
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].rules, "");
  EXPECT_EQ(rows[0].card.color, Color::kBlack);
}

TEST(Timeline, ARowIsOneLineOfTextWithNothingThatActsOnATerminal) {
  v1::ChangeEvent hostile = ChangeOf("update-paused", kNoon);
  hostile.mutable_resource()->set_name("a\x1b[31m\nb");
  const std::string text = TimelineText(Timeline({hostile}).front(), absl::UTCTimeZone());
  EXPECT_THAT(text,
              HasSubstr("2026-11-29 12:00:00  🛑 red     prod-eu  Service a\\x1b[31m\\nb update paused. "));
  EXPECT_EQ(text.find_first_of("\x1b\n"), std::string::npos);
}

TEST(Timeline, ARowIsOneLineOfJsonWithTheChanges) {
  const std::string text = TimelineJson(Timeline({ChangeOf("node-down", kNoon)}).front());
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto row = nlohmann::json::parse(text);
  EXPECT_EQ(row["time"], "2026-11-29T12:00:00+00:00");
  EXPECT_EQ(row["color"], "red");
  EXPECT_EQ(row["title"], "Node worker-02 went down");
  EXPECT_EQ(row["events"][0]["resource"]["name"], "worker-02");
}

}  // namespace
}  // namespace swarmbell
