#include "notifier/chat/alertmanager/alertmanager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"
#include "notifier/alert/conditions.h"
#include "notifier/cards/samples.h"
#include "tests/notifier/chat/notices.h"

namespace swarmbell {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json Posted(const Alert& alert) {
  const json posted = json::parse(RenderEach(RenderAlertmanager, {alert}).front());
  EXPECT_EQ(posted.size(), 1U);
  return posted[0];
}

Alert Step(v1::UpdateState state, Color color, absl::Duration after = absl::ZeroDuration()) {
  v1::ChangeEvent event = OfShop(UpdateState("step", "web", state), after);
  if (state == v1::UPDATE_STATE_COMPLETED) event.add_ended_alarm_keys("swarm1/web/run");
  return AlertOf(event, color);
}

TEST(RenderAlertmanager, AnAlarmAndItsEndHaveTheSameLabels) {
  const json open = Posted(Step(v1::UPDATE_STATE_PAUSED, Color::kRed));
  const json over = Posted(Step(v1::UPDATE_STATE_COMPLETED, Color::kGreen, absl::Minutes(5)));
  EXPECT_EQ(open["labels"], (json{{"alertname", "SwarmbellUpdateStopped"},
                                  {"severity", "critical"},
                                  {"swarm", "prod-eu"},
                                  {"kind", "service"},
                                  {"object", "shop_api"},
                                  {"stack", "shop"}}));
  EXPECT_EQ(open["labels"], over["labels"]);
  EXPECT_EQ(open["startsAt"], "2023-11-14T22:13:20.000Z");
  EXPECT_FALSE(open.contains("endsAt"));
  EXPECT_EQ(over["endsAt"], "2023-11-14T22:18:20.000Z");
  EXPECT_LE(over["startsAt"], over["endsAt"]);
}

TEST(RenderAlertmanager, TheLabelsOfAnAlarmAreThoseOfItsRepetition) {
  // Another colour by a rule changes none.
  EXPECT_EQ(Posted(Step(v1::UPDATE_STATE_PAUSED, Color::kRed))["labels"],
            Posted(Step(v1::UPDATE_STATE_ROLLBACK_PAUSED, Color::kYellow))["labels"]);
}

TEST(RenderAlertmanager, NewsHaveTheNameOfTheChangeAndASeverityByColour) {
  v1::ChangeEvent event = OfShop(ServiceChange("a", "web"));
  event.mutable_service_mode_changed();
  const std::pair<Color, const char*> severities[] = {{Color::kRed, "critical"},
                                                      {Color::kYellow, "warning"},
                                                      {Color::kBlue, "info"},
                                                      {Color::kGreen, "info"}};
  for (const auto& [color, severity] : severities) {
    const json labels = Posted(AlertOf(event, color))["labels"];
    EXPECT_EQ(labels["alertname"], "SwarmbellServiceModeChanged");
    EXPECT_EQ(labels["severity"], severity);
  }
}

// No alarm of a built-in rule is left without a name of its own.
TEST(RenderAlertmanager, EachAlarmOfASampleHasAName) {
  for (const v1::ChangeEvent& event : SampleEvents()) {
    for (const SignalAlerts& part : SignalsOf({AlertOf(event)})) {
      if (part.signal.status == Signal::Status::kInfo) continue;
      const Card card = BuildCard({"chat", part.alerts, Color::kRed}, {});
      const json posted = json::parse(RenderAlertmanager({card, part.alerts, part.signal}));
      EXPECT_THAT(posted[0]["labels"]["alertname"].get<std::string>(),
                  testing::AnyOf("SwarmbellNodeDown", "SwarmbellManagerUnreachable", "SwarmbellNodePaused",
                                 "SwarmbellQuorumInDanger", "SwarmbellTasksMissing", "SwarmbellUpdateStopped",
                                 "SwarmbellUpdateStalled", "SwarmbellJobFailed", "SwarmbellCrashLoop",
                                 "SwarmbellContainerFailing", "SwarmbellCollectorStale",
                                 "SwarmbellFeedDisconnected", "SwarmbellReceiverFailing"));
    }
  }
}

TEST(WithEnds, GivesAnEndOnlyWhereThereIsNone) {
  const absl::Time now = kThen + absl::Hours(1);
  const std::string both =
      JoinAlerts({RenderEach(RenderAlertmanager, {Step(v1::UPDATE_STATE_PAUSED, Color::kRed)}).front(),
                  RenderEach(RenderAlertmanager, {Step(v1::UPDATE_STATE_COMPLETED, Color::kGreen)}).front()});
  const json ended = json::parse(WithEnds(both, now));
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0]["endsAt"], "2023-11-14T23:18:20.000Z");
  EXPECT_EQ(ended[1]["endsAt"], "2023-11-14T22:13:20.000Z");
  // Alertmanager refuses an alert that ends before it starts.
  const json ahead = json::parse(WithEnds(both, kThen - absl::Hours(1)));
  EXPECT_EQ(ahead[0]["endsAt"], "2023-11-14T22:18:20.000Z");
  EXPECT_EQ(WithEnds("no JSON", now), "no JSON");
}

TEST(RenderAlertmanager, ATestSaysSo) {
  const json posted = json::parse(RenderTest(RenderAlertmanager));
  EXPECT_EQ(posted[0]["labels"], (json{{"alertname", "SwarmbellTest"}, {"severity", "info"}}));
}

}  // namespace
}  // namespace swarmbell
