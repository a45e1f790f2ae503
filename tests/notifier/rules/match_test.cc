#include "notifier/rules/match.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/notifier/rules/events.h"

namespace swarmbell {
namespace {

bool Fits(const std::function<void(MatchConfig&)>& set, const v1::ChangeEvent& event) {
  MatchConfig match;
  set(match);
  return Matches(match, event, TransitionOf(event));
}

v1::ChangeEvent Labelled() {
  v1::ChangeEvent event = Update(v1::UPDATE_STATE_UPDATING, v1::UPDATE_STATE_PAUSED);
  (*event.mutable_resource()->mutable_labels())["team"] = "payments";
  return event;
}

TEST(MatchTest, NothingSetMatchesEverything) {
  EXPECT_TRUE(Fits([](MatchConfig&) {}, Labelled()));
  EXPECT_TRUE(Fits([](MatchConfig&) {}, v1::ChangeEvent()));
}

TEST(MatchTest, EachPartMustFit) {
  const v1::ChangeEvent event = Labelled();
  EXPECT_TRUE(Fits([](auto& m) { m.changes = {"node_appeared", "service_update_state_changed"}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.changes = {"node_appeared"}; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.kinds = {"service"}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.kinds = {"node"}; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.from = {"updating"}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.from = {"paused"}; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.to = {"completed", "paused"}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.to = {"updating"}; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.names = {"shop_*"}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.names = {"web_*", "api"}; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.stacks = {"sh?p"}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.stacks = {"web"}; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.clusters = {"prod-*"}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.clusters = {"test-*"}; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.labels = {{"team", "pay*"}}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.labels = {{"team", "web"}}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.labels = {{"owner", "*"}}; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.labels = {{"team", "*"}, {"owner", "*"}}; }, event));
}

TEST(MatchTest, AFailureMayBeOfATaskThatHadBeenToldToStop) {
  v1::ChangeEvent event = Failed(v1::TASK_STATE_REJECTED);
  EXPECT_TRUE(Fits([](auto& m) { m.stopping = false; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.stopping = true; }, event));
  event.mutable_task_failed()->set_stopping(true);
  EXPECT_FALSE(Fits([](auto& m) { m.stopping = false; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.stopping = true; }, event));
  EXPECT_TRUE(Fits([](auto&) {}, event));
  EXPECT_TRUE(Fits([](auto& m) { m.stopping = false; }, Labelled()));
}

TEST(MatchTest, ARollbackMayBeTheEnginesOwn) {
  v1::ChangeEvent event = Update(v1::UPDATE_STATE_UPDATING, v1::UPDATE_STATE_ROLLBACK_STARTED);
  EXPECT_TRUE(Fits([](auto& m) { m.automatic = false; }, event));
  EXPECT_FALSE(Fits([](auto& m) { m.automatic = true; }, event));
  event.mutable_service_update_state_changed()->set_automatic(true);
  EXPECT_FALSE(Fits([](auto& m) { m.automatic = false; }, event));
  EXPECT_TRUE(Fits([](auto& m) { m.automatic = true; }, event));
  EXPECT_TRUE(Fits([](auto&) {}, event));
  EXPECT_TRUE(Fits([](auto& m) { m.automatic = false; }, Bare("node_appeared")));
}

TEST(MatchTest, TasksAreMissingWhereOneFailedAndTheCountLacksIt) {
  for (const auto over : {v1::UPDATE_STATE_COMPLETED, v1::UPDATE_STATE_ROLLBACK_COMPLETED}) {
    v1::ChangeEvent event = Update(v1::UPDATE_STATE_UPDATING, over);
    v1::ServiceUpdateStateChanged& change = *event.mutable_service_update_state_changed();
    change.set_updated_tasks(1);
    change.set_wanted_tasks(2);
    // Tasks may only be on their way.
    EXPECT_FALSE(Fits([](auto& m) { m.tasks_missing = true; }, event));
    change.mutable_failed_task()->set_name("api.2");
    EXPECT_TRUE(Fits([](auto& m) { m.tasks_missing = true; }, event));
    change.set_updated_tasks(2);
    EXPECT_FALSE(Fits([](auto& m) { m.tasks_missing = true; }, event));
  }
}

TEST(MismatchTest, SaysWhichPartDoesNotFit) {
  const auto why = [](const std::function<void(MatchConfig&)>& set) {
    MatchConfig match;
    set(match);
    const v1::ChangeEvent event = Labelled();
    return Mismatch(match, event, TransitionOf(event));
  };
  EXPECT_EQ(why([](auto&) {}), "");
  EXPECT_EQ(why([](auto& m) { m.changes = {"node_appeared"}; }),
            "change is \"service_update_state_changed\", not node_appeared");
  EXPECT_EQ(why([](auto& m) { m.kinds = {"node"}; }), "kind is \"service\", not node");
  EXPECT_EQ(why([](auto& m) { m.from = {"paused"}; }), "from is \"updating\", not paused");
  EXPECT_EQ(why([](auto& m) {
              m.to = {"updating", "completed"};
            }),
            "to is \"paused\", not updating or completed");
  EXPECT_EQ(why([](auto& m) { m.names = {"web_*"}; }), "name is \"shop_api\", not web_*");
  EXPECT_EQ(why([](auto& m) { m.stacks = {"web"}; }), "stack is \"shop\", not web");
  EXPECT_EQ(why([](auto& m) { m.clusters = {"test-*"}; }), "cluster is \"prod-1\", not test-*");
  EXPECT_EQ(why([](auto& m) { m.labels = {{"team", "web"}}; }), "label team is \"payments\", not web");
  EXPECT_EQ(why([](auto& m) { m.labels = {{"owner", "*"}}; }), "there is no label owner");
  EXPECT_EQ(why([](auto& m) { m.stopping = true; }), "whether the task had been told to stop differs");
  EXPECT_EQ(why([](auto& m) { m.tasks_missing = true; }), "whether tasks of the update are missing differs");
  EXPECT_EQ(why([](auto& m) { m.automatic = true; }), "whether the engine rolled back by itself differs");
}

TEST(MatchTest, OnePartThatDoesNotFitIsEnough) {
  EXPECT_FALSE(Fits(
      [](auto& m) {
        m.to = {"paused"};
        m.stacks = {"web"};
      },
      Labelled()));
}

v1::ChangeEvent TemplateChanged(const std::vector<std::pair<std::string, std::string>>& fields) {
  v1::ChangeEvent event = Service();
  auto& change = *event.mutable_service_task_template_changed();
  for (const auto& [group, name] : fields) {
    v1::FieldChange& field = *change.add_fields();
    field.set_group(group);
    field.set_name(name);
  }
  return event;
}

TEST(MatchTest, AllFieldsThatChangedMustBeAmongThoseNamed) {
  const auto built = [](auto& m) { m.fields = {"env.BUILD_*", "container_labels"}; };
  EXPECT_TRUE(Fits(built, TemplateChanged({{"Environment", "BUILD_ID"}})));
  EXPECT_TRUE(Fits(built, TemplateChanged({{"Environment", "BUILD_ID"}, {"Container labels", "rev"}})));
  EXPECT_FALSE(Fits(built, TemplateChanged({{"Environment", "BUILD_ID"}, {"Environment", "LOG_LEVEL"}})));
  EXPECT_FALSE(Fits(built, TemplateChanged({{"Environment", "BUILD_ID"}, {"Image", ""}})));
}

TEST(MatchTest, AChangeWithoutFieldsIsNotMatchedByFields) {
  const auto any = [](auto& m) { m.fields = {"*"}; };
  EXPECT_FALSE(Fits(any, TemplateChanged({})));
  EXPECT_FALSE(Fits(any, Bare("node_appeared")));
  EXPECT_FALSE(Fits(any, Bare("unknown")));
  EXPECT_TRUE(Fits(any, TemplateChanged({{"Environment", "BUILD_ID"}})));
}

TEST(MatchTest, AnUpdateIsMatchedByItsFieldsUnlessItFails) {
  const auto built = [](auto& m) { m.fields = {"labels.com.example.*"}; };
  for (const v1::UpdateState state : {v1::UPDATE_STATE_UPDATING, v1::UPDATE_STATE_COMPLETED,
                                      v1::UPDATE_STATE_PAUSED, v1::UPDATE_STATE_ROLLBACK_STARTED}) {
    v1::ChangeEvent event = Update(v1::UPDATE_STATE_UNSPECIFIED, state);
    v1::FieldChange& field = *event.mutable_service_update_state_changed()->add_fields();
    field.set_group("Labels");
    field.set_name("com.example.rev");
    const bool well = state == v1::UPDATE_STATE_UPDATING || state == v1::UPDATE_STATE_COMPLETED;
    EXPECT_EQ(Fits(built, event), well) << v1::UpdateState_Name(state);
  }
}

TEST(MismatchTest, NamesTheFieldThatIsNotAmongThem) {
  MatchConfig match;
  match.fields = {"env.BUILD_*", "labels"};
  const auto why = [&match](const v1::ChangeEvent& event) {
    return Mismatch(match, event, TransitionOf(event));
  };
  EXPECT_EQ(why(TemplateChanged({{"Environment", "BUILD_ID"}})), "");
  EXPECT_EQ(why(TemplateChanged({{"Environment", "BUILD_ID"}, {"Environment", "LOG_LEVEL"}})),
            "field is \"env.LOG_LEVEL\", not env.BUILD_* or labels");
  EXPECT_EQ(why(Bare("node_appeared")), "the change names no fields");
}

absl::Time At(const std::string& text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
  return time;
}

// 2026-08-01 is a Saturday.
TEST(MuteTest, WithoutTimesItIsAlwaysInForce) { EXPECT_TRUE(InForce({}, At("2026-08-01T12:00:00Z"))); }

TEST(MuteTest, AbsoluteTimesHoldTheirStartButNotTheirEnd) {
  MuteConfig mute;
  mute.start = At("2026-08-01T10:00:00Z");
  mute.end = At("2026-08-01T11:00:00Z");
  EXPECT_FALSE(InForce(mute, At("2026-08-01T09:59:59.999Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T10:00:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T10:59:59.999Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-01T11:00:00Z")));
  mute.end.reset();
  EXPECT_TRUE(InForce(mute, At("2036-08-01T11:00:00Z")));
}

TEST(MuteTest, ADailyWindow) {
  MuteConfig mute;
  mute.daily_start_minute = 90;
  mute.daily_end_minute = 120;
  EXPECT_FALSE(InForce(mute, At("2026-08-01T01:29:59Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T01:30:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T03:59:00+02:00")));  // the window is in UTC
  EXPECT_FALSE(InForce(mute, At("2026-08-01T02:00:00Z")));
}

TEST(MuteTest, AWindowThatPassesMidnightBelongsToTheDayItStartsOn) {
  MuteConfig mute;
  mute.daily_start_minute = 22 * 60;
  mute.daily_end_minute = 6 * 60;
  mute.weekdays = {6};
  EXPECT_FALSE(InForce(mute, At("2026-08-01T05:00:00Z")));  // Friday's night
  EXPECT_FALSE(InForce(mute, At("2026-08-01T21:59:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T22:00:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-02T05:59:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-02T06:00:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-02T22:00:00Z")));
}

MuteConfig InBerlin(int start_minute, int end_minute) {
  MuteConfig mute;
  mute.daily_start_minute = start_minute;
  mute.daily_end_minute = end_minute;
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Berlin", &mute.time_zone));
  return mute;
}

TEST(MuteTest, ADailyWindowFollowsTheClocksOfItsZone) {
  const MuteConfig mute = InBerlin(22 * 60, 6 * 60);
  EXPECT_FALSE(InForce(mute, At("2026-08-01T19:59:00Z")));  // summer: 21:59
  EXPECT_TRUE(InForce(mute, At("2026-08-01T20:00:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-12-01T20:00:00Z")));  // winter: 21:00
  EXPECT_TRUE(InForce(mute, At("2026-12-01T21:00:00Z")));
}

// On 2026-03-29 the clocks go from 02:00 to 03:00.
TEST(MuteTest, ATimeThatTheClocksSkipIsInNoWindow) {
  const MuteConfig inside = InBerlin(2 * 60 + 15, 2 * 60 + 45);
  for (int minute = 0; minute < 24 * 60; ++minute) {
    EXPECT_FALSE(InForce(inside, At("2026-03-29T00:00:00+01:00") + absl::Minutes(minute))) << minute;
  }
  EXPECT_TRUE(InForce(inside, At("2026-03-30T00:15:00Z")));
  // A window over the gap is an hour shorter, and has no hole.
  const MuteConfig over = InBerlin(1 * 60 + 30, 3 * 60 + 30);
  EXPECT_FALSE(InForce(over, At("2026-03-29T00:29:59Z")));
  EXPECT_TRUE(InForce(over, At("2026-03-29T00:30:00Z")));
  EXPECT_TRUE(InForce(over, At("2026-03-29T00:59:59Z")));
  EXPECT_TRUE(InForce(over, At("2026-03-29T01:00:00Z")));
  EXPECT_TRUE(InForce(over, At("2026-03-29T01:29:59Z")));
  EXPECT_FALSE(InForce(over, At("2026-03-29T01:30:00Z")));
}

// On 2026-10-25 they go from 03:00 back to 02:00.
TEST(MuteTest, ATimeThatTheClocksShowTwiceIsMutedTwice) {
  const MuteConfig inside = InBerlin(2 * 60 + 15, 2 * 60 + 45);
  EXPECT_TRUE(InForce(inside, At("2026-10-25T00:15:00Z")));
  EXPECT_FALSE(InForce(inside, At("2026-10-25T00:45:00Z")));
  EXPECT_TRUE(InForce(inside, At("2026-10-25T01:15:00Z")));
  EXPECT_FALSE(InForce(inside, At("2026-10-25T01:45:00Z")));
  const MuteConfig over = InBerlin(1 * 60 + 30, 3 * 60 + 30);
  for (int minute = 0; minute < 180; ++minute) {
    EXPECT_TRUE(InForce(over, At("2026-10-24T23:30:00Z") + absl::Minutes(minute))) << minute;
  }
  EXPECT_FALSE(InForce(over, At("2026-10-25T02:30:00Z")));
}

TEST(MuteTest, DaysAreThoseOfTheZone) {
  MuteConfig mute = InBerlin(0, 24 * 60);
  mute.weekdays = {6};
  EXPECT_FALSE(InForce(mute, At("2026-07-31T21:59:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-07-31T22:00:00Z")));  // 00:00 on Saturday
  EXPECT_FALSE(InForce(mute, At("2026-08-01T22:00:00Z")));
}

TEST(MuteTest, WeekdaysAlone) {
  MuteConfig mute;
  mute.weekdays = {0, 6};
  EXPECT_FALSE(InForce(mute, At("2026-07-31T23:59:59Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-01T00:00:00Z")));
  EXPECT_TRUE(InForce(mute, At("2026-08-02T23:59:59Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-03T00:00:00Z")));
}

TEST(MuteTest, AWindowUpToMidnight) {
  MuteConfig mute;
  mute.daily_start_minute = 23 * 60;
  mute.daily_end_minute = 24 * 60;
  EXPECT_TRUE(InForce(mute, At("2026-08-01T23:59:59Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-02T00:00:00Z")));
}

TEST(MuteTest, AllPartsMustHold) {
  MuteConfig mute;
  mute.weekdays = {6};
  mute.end = At("2026-08-01T12:00:00Z");
  EXPECT_TRUE(InForce(mute, At("2026-08-01T11:00:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-08-01T13:00:00Z")));
  EXPECT_FALSE(InForce(mute, At("2026-07-31T13:00:00Z")));
}

}  // namespace
}  // namespace swarmbell
